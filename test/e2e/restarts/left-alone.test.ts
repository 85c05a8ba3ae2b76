/** What could be forgotten for good: a cluster that leaves the configuration, a ledger that refuses when a job ends. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../support/fake.ts';
import { ManualTime } from '../support/manual-time.ts';
import { Repair, repairWanted } from './repair.ts';

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

it('an attempt whose JobManager went away does not hold up the other clusters', async () => {
  const time = new ManualTime();
  const other = await startCluster({ clock: time.manual });
  const repair = await Repair.start({
    medic: { time },
    restart: { max_concurrent: 1 },
    policy: { match: { flink_cluster: '/c|d/', job_name: '/.*/' } },
  });
  const { clusters, ...config } = repair.config();
  repair.medic.configure({
    ...config,
    clusters: [...clusters, { name: 'd', jobmanagers: [other.jobManager.baseUrl], archives: [] }],
  });
  await repair.medic.reload();
  await repair.alert(await repair.failed());
  await repair.untilIncident({ state: 'confirming' });
  const payments = other.cluster.submit({ name: 'payments', checkpointing: { intervalMs: 1_000 } }).run();
  payments.completeCheckpoint({ path: repair.checkpoint(payments.jobId, 1) });
  await repair.medic.advance(20_000);
  await repair.jobManager.stop();
  payments.fail();
  await repair.medic.advance(20_000);
  await repair.alertOf(repairWanted('d', 'payments', payments.jobId));
  await repair.until('submission', () => other.cluster.submissions[0]);
  expect(await repair.incident(1)).toMatchObject({ state: 'confirming' });
});
