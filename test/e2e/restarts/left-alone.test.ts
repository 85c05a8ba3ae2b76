/** What could be forgotten for good: a cluster that leaves the configuration, a ledger that refuses when a job ends. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../support/fake.ts';
import { Repair } from './repair.ts';

const MINUTE = 60_000;

it('an attempt on a cluster that leaves the configuration gives its place back, and can be released', async () => {
  const repair = await Repair.start();
  await repair.alert(await repair.failed());
  await repair.untilIncident({ state: 'confirming' });
  const { jobManager } = await startCluster({ clock: repair.medic.time.manual });
  const { restart, ...config } = repair.config();
  repair.medic.configure({
    ...config,
    restart: { ...restart, policies: [] },
    clusters: [{ name: 'd', jobmanagers: [jobManager.baseUrl], archives: [] }],
  });
  await repair.medic.reload();
  await repair.untilIncident({ state: 'unconfirmed' });
  const [place] = (await repair.page()).lines('flink_medic_bound_usage_ratio', '"concurrent_restarts"');
  expect(place).toMatch(/ 0$/);
  expect(await repair.order('incidents/1/release')).toMatchObject({ status: 200 });
  expect(await repair.incident()).toMatchObject({ state: 'withdrawn' });
});

it('a job ends while the ledger refuses, and the watchdog takes it up when there is room again', async () => {
  const repair = await Repair.start({ policy: { triggers: { watchdog: true } } });
  const job = await repair.running();
  const ledger = new DatabaseSync(join(repair.medic.storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  ledger.exec(`CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  ledger.exec(`CREATE TRIGGER full2 BEFORE INSERT ON incidents BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  job.fail();
  await repair.medic.advance(MINUTE);
  expect(repair.cluster.submissions).toEqual([]);
  ledger.exec('DROP TRIGGER full');
  ledger.exec('DROP TRIGGER full2');
  await repair.until('submission', () => repair.cluster.submissions[0]);
  expect(await repair.incident()).toMatchObject({ triggers: [{ kind: 'watchdog' }] });
});
