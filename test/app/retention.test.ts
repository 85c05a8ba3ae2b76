/** What leaves by the retention is never new again, whatever the ledger can do at that time. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

const POLL = 10_000;
const MINUTE = 60_000;

async function start() {
  const time = new ManualTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  const config = {
    retention: { ended_runs: '1h', superseded_series: '1m' },
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }],
  };
  const storagePath = temporaryFolder();
  const medic = await RunningMedic.start({ config, time, storagePath });
  const orders = cluster.submit({ name: 'orders' }).run().finish();
  await medic.advance(POLL);
  const ledger = new DatabaseSync(join(storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  const count = (table: string): unknown => ledger.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
  return { cluster, orders, medic, ledger, count };
}

/** Time in which the machine sleeps: to go through every round of an hour takes seconds. */
async function later(medic: RunningMedic, ms: number): Promise<void> {
  medic.time.manual.advance(ms);
  await medic.advance(2 * MINUTE);
}

const COUNTER = 'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FINISHED"}';

it('keeps a run that a JobManager still lists, and a tombstone of one that none does', async () => {
  const { cluster, orders, medic, count } = await start();
  await later(medic, 90 * MINUTE);
  expect((await medic.page()).lines('flink_job_final_status')).toEqual([]);
  expect([count('runs'), count('tombstones')]).toEqual([1, 0]);

  cluster.forget(orders);
  await later(medic, 5 * MINUTE);
  expect([count('runs'), count('tombstones')]).toEqual([0, 1]);
  expect(await medic.jobs()).toEqual([]);
});

it('comes back with the counters that its name had', async () => {
  const { cluster, orders, medic } = await start();
  cluster.forget(orders);
  await later(medic, 90 * MINUTE);
  expect((await medic.page()).lines('flink_job_runs_ended_total')).toEqual([]);
  cluster
    .submit({ name: 'orders', jobId: '2'.repeat(32) })
    .run()
    .finish();
  await medic.advance(POLL);
  expect((await medic.page()).lines('flink_job_runs_ended_total', 'FINISHED')).toEqual([`${COUNTER} 2`]);
});

it('lets nothing leave while the ledger cannot store its tombstone', async () => {
  const { cluster, orders, medic, ledger, count } = await start();
  ledger.exec(`CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  cluster.submit({ name: 'payments', jobId: '3'.repeat(32) }).run();
  await medic.advance(POLL);
  cluster.forget(orders);
  await later(medic, 90 * MINUTE);
  expect((await medic.page()).lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 0']);
  expect([count('runs'), count('tombstones')]).toEqual([1, 0]);
  ledger.exec('DROP TRIGGER full');
  await later(medic, 5 * MINUTE);
  expect(count('tombstones')).toBe(1);
  expect((await medic.page()).lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 1']);
});
