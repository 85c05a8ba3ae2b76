/** What leaves by the retention is never new again, whatever the ledger can do at that time. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

const POLL = 10_000;
const MINUTE = 60_000;

async function start(observe: object = {}) {
  const time = new ManualTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  const config = {
    observe,
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

it('is shown no more once it has left, be it before its time because there are too many', async () => {
  const { cluster, orders, medic, count } = await start({ max_jobs: 2 });
  const others = Array.from({ length: 20 }, () => cluster.submit({ name: 'payments' }).run().finish());
  await medic.advance(POLL);
  for (const job of [orders, ...others]) cluster.forget(job);
  await medic.advance(5 * MINUTE);
  expect(count('tombstones')).toBe(1);
  expect((await medic.page()).lines(['flink_job_final_status', 'flink_job_runs_ended_total'], 'orders')).toEqual([]);
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

/** Two clusters over archive folders; the second one is taken out, and what was known of it stays for an hour. */
async function startTwo() {
  const time = new ManualTime();
  const folders = [temporaryFolder(), temporaryFolder()];
  const sides = await Promise.all(folders.map((archiveFolder) => startCluster({ clock: time.manual, archiveFolder })));
  const clusters = sides.map(({ jobManager }, index) => ({
    name: `c-${String(index)}`,
    jobmanagers: [jobManager.baseUrl],
    archives: [folders[index]],
  }));
  const config = { retention: { ended_runs: '1h' }, clusters };
  const medic = await RunningMedic.start({ config, time });
  for (const { cluster } of sides) {
    cluster.submit({ name: 'orders' }).run().finish();
    cluster.submit({ name: 'payments' }).run();
  }
  await medic.advance(MINUTE);
  const ledger = new DatabaseSync(join(medic.storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  const rows = (sql: string): unknown[] =>
    ledger
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  const configure = async (count: number): Promise<void> => {
    medic.configure({ ...config, clusters: clusters.slice(0, count) });
    await medic.reload();
    await medic.advance(MINUTE);
  };
  return { medic, rows, configure, folders };
}

describe('what left the configuration', () => {
  it('is forgotten when the retention is over: runs, archive files, and what is known of the cluster', async () => {
    const { medic, rows, configure, folders } = await startTwo();
    await configure(1);
    await later(medic, 30 * MINUTE);
    expect(rows('SELECT count(*) FROM runs')).toEqual([4]);
    await later(medic, 40 * MINUTE);
    expect(rows(`SELECT cluster || ' ' || job_name FROM runs ORDER BY job_name`)).toEqual([
      'c-0 orders',
      'c-0 payments',
    ]);
    expect(rows('SELECT folder FROM archive_files')).toEqual(folders.slice(0, 1));
    expect(rows(`SELECT key FROM settings WHERE key LIKE 'cluster/%'`)).toEqual(['cluster/c-0']);
    expect(rows(`SELECT value FROM settings WHERE key = 'unused'`)).toEqual(['[]']);
    expect(rows('SELECT final_status FROM tombstones ORDER BY final_status')).toEqual(['FINISHED', 'VANISHED']);
  });

  it('is there when it comes back in time, and its time begins anew', async () => {
    const { medic, rows, configure } = await startTwo();
    await configure(1);
    await later(medic, 40 * MINUTE);
    await configure(2);
    await later(medic, MINUTE);
    await configure(1);
    await later(medic, 40 * MINUTE);
    expect(rows('SELECT count(*) FROM runs')).toEqual([4]);
  });

  it('counts nothing twice when it comes back later', async () => {
    const { medic, rows, configure } = await startTwo();
    await configure(1);
    await later(medic, 90 * MINUTE);
    await configure(2);
    await medic.advance(MINUTE);
    const shown = (await medic.jobs()).filter(({ flink_cluster }) => flink_cluster === 'c-1');
    expect(shown.map(({ job_name, state }) => `${job_name} ${state}`)).toEqual(['payments RUNNING']);
    expect(rows(`SELECT finished FROM name_counters WHERE cluster = 'c-1' AND job_name = 'orders'`)).toEqual([1]);
  });
});
