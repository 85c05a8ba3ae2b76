/** Runs that sleep in the ledger: a late archive still finds them, and one that cannot be read holds up nothing else. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { SqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';
import { writeArchive } from '../fake-flink/archive-writer.ts';

const POLL = 10_000;
const MINUTE = 60_000;
const FIRST = '1'.repeat(32);
const SECOND = '2'.repeat(32);

async function start() {
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ clock: time.manual, archiveFolder });
  const config = {
    retention: { superseded_series: '1m' },
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }],
  };
  return { cluster, archiveFolder, time, config, medic: await RunningMedic.start({ config, time }) };
}

it('gives the archive of a run that fell asleep to that run', async () => {
  const { cluster, archiveFolder, medic } = await start();
  const lost = cluster.submit({ name: 'orders', jobId: FIRST }).run();
  await medic.advance(POLL);
  cluster.archiving = false;
  lost.fail();
  cluster.forget(lost);
  await medic.advance(5 * MINUTE);
  cluster.archiving = true;
  cluster.forget(cluster.submit({ name: 'orders', jobId: SECOND }).run().finish());
  await medic.advance(5 * MINUTE);
  expect((await medic.page()).lines('flink_job_final_status').map((line) => line.includes(SECOND))).toEqual([true]);

  const read = vi.spyOn(SqliteLedger.prototype, 'run');
  onTestFinished(() => read.mockRestore());
  writeArchive(archiveFolder, cluster, lost);
  await medic.advance(2 * MINUTE);
  expect(read.mock.calls.map(([{ jobId }]) => jobId)).toContain(FIRST);
  const [run] = await medic.explain('prod', FIRST);
  expect(run).toMatchObject({ state: 'FAILED', source: 'archive', rule: 'archive_late' });
  expect(run?.history.map(({ event }) => event)).toEqual(['seen', 'vanished', 'ended']);
});

it('shows what is in memory of a run that the ledger cannot give back, and observes all others', async () => {
  const { cluster, archiveFolder, time, config, medic: first } = await start();
  const orders = cluster.submit({ name: 'orders', jobId: FIRST }).run().finish();
  const bills = cluster.submit({ name: 'bills', jobId: SECOND }).run();
  await first.advance(MINUTE);
  await first.stop();

  const { storagePath } = first;
  const ledger = new DatabaseSync(join(storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  const document = ledger.prepare('SELECT run_document FROM runs WHERE job_id = ?').get(FIRST)?.['run_document'];
  // SQLite reads it, JSON.parse does not.
  const damaged = String(document).replace('"cluster"', 'cluster');
  const tamper = (text: string): unknown =>
    ledger.prepare('UPDATE runs SET run_document = ? WHERE job_id = ?').run(text, FIRST);
  tamper(damaged);

  const medic = await RunningMedic.start({ config, time, storagePath });
  writeArchive(archiveFolder, cluster, orders);
  bills.finish();
  cluster.submit({ name: 'invoices', jobId: '3'.repeat(32) }).run();
  await medic.advance(2 * MINUTE);
  const page = await medic.page();
  expect(
    page
      .lines('flink_job_final_status')
      .map((line) => /job_name="(\w+)"/.exec(line)?.[1] ?? '')
      .toSorted(),
  ).toEqual(['bills', 'orders']);
  expect(page.lines('flink_job_status', '"RUNNING"')).toHaveLength(1);
  expect(page.lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
  expect(page.lines('flink_medic_ledger_errors_total', '"read"')[0]).toMatch(/ [1-9]\d*$/);
  expect(
    medic.log.filter(({ level, msg }) => level === 'error' && /cannot be read.*--ledger\.rebuild/.test(String(msg))),
  ).toHaveLength(1);

  tamper(String(document));
  await medic.advance(2 * MINUTE);
  expect((await medic.explain('prod', FIRST))[0]).toMatchObject({ state: 'FINISHED' });
  expect((await medic.page()).lines('flink_job_runs_ended_total', 'status="FINISHED"').toSorted()).toEqual([
    'flink_job_runs_ended_total{flink_cluster="prod",job_name="bills",status="FINISHED"} 1',
    'flink_job_runs_ended_total{flink_cluster="prod",job_name="invoices",status="FINISHED"} 0',
    'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FINISHED"} 1',
  ]);
});
