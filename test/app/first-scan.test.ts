/** The index of archives stays in the ledger until the first scan: what happens before that, and when it cannot be read. */

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { end, newRun } from '../../src/core/resolve.ts';
import type { Run } from '../../src/core/run.ts';
import { type ArchiveFile, NO_CHANGES } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

const MINUTE = 60_000;
/** As many as let the first scan wait for a second, and the retention for nothing. */
const RUNS = 1_000;
/** The program's own, and one of a cluster and of the folder each. */
const LOOPS = 5;

function openLedger(storagePath: string): DatabaseSync {
  const ledger = new DatabaseSync(join(storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  return ledger;
}

/** As `RunningMedic.advance`, which waits for the first scan. */
async function advance(medic: RunningMedic, ms: number, loops = LOOPS): Promise<void> {
  const until = medic.time.manual.now() + ms;
  await medic.resting(loops);
  while (medic.time.fireNext(until)) await medic.resting(loops);
  medic.time.manual.advance(until - medic.time.manual.now());
}

it('keeps runs whose archives may be there until a scan has said which are', async () => {
  const time = new ManualTime();
  const [storagePath, archiveFolder] = [temporaryFolder(), temporaryFolder()];
  const { jobManager } = await startCluster({ clock: time.manual });
  const { jobManager: other } = await startCluster({ clock: time.manual });
  const ids = Array.from({ length: RUNS }, (_, index) => String(index).padStart(32, '0'));
  const [kept = ''] = ids;
  writeFileSync(join(archiveFolder, kept), '{}');
  const { size, mtimeMs } = statSync(join(archiveFolder, kept));
  const runs = ids.map((jobId): Run => {
    const run = newRun({ cluster: 'prod', jobId, generation: 1 }, { startTime: 1_000 }, 'orders', 5);
    return { ...end(run, 'FINISHED', 'archive', 2_000, 'archive_only', 5), archive: join(archiveFolder, jobId) };
  });
  const archiveFiles = ids.map((jobId): ArchiveFile => {
    const path = join(archiveFolder, jobId);
    const run = { cluster: 'prod', jobId, generation: 1 };
    return { folder: archiveFolder, path, jobId, size, mtimeMs: Math.floor(mtimeMs), state: 'indexed', run };
  });
  const written = await openSqliteLedger(join(storagePath, 'flink-medic.db'));
  await written.commit({ ...NO_CHANGES, runs, archiveFiles });
  await written.close();

  // They share the folder, and the first one has not a run.
  const clusters = [
    { name: 'new', jobmanagers: [other.baseUrl], archives: [archiveFolder] },
    { name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] },
  ];
  const loops = LOOPS + 1;
  const config = { retention: { ended_runs: '1h' }, clusters };
  const medic = await RunningMedic.start({ config, time, storagePath, waitUntilIdle: false });
  const ledger = openLedger(storagePath);
  const left = (): unknown => ledger.prepare('SELECT count(*) AS n FROM runs').get()?.['n'];
  await advance(medic, 500, loops);
  expect((await medic.get('/-/ready')).text).toContain(`the first scan of ${archiveFolder}`);
  expect(left()).toBe(RUNS);
  await advance(medic, MINUTE, loops);
  expect((await medic.page()).lines('flink_archive_files', '"indexed"')[0]).toMatch(/ 1$/);
  await advance(medic, MINUTE, loops);
  expect(left()).toBe(1);
});

it('scans nothing while it cannot be read, says so, and goes on when it can', async () => {
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ clock: time.manual, archiveFolder });
  const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }] };
  cluster.submit({ name: 'orders' }).run().finish();
  const first = await RunningMedic.start({ config, time });
  await advance(first, 2 * MINUTE);
  await first.stop();
  const { storagePath } = first;
  const ledger = openLedger(storagePath);
  ledger.exec(`UPDATE archive_files SET outcome_document = '{'`);

  const medic = await RunningMedic.start({ config, time, storagePath, waitUntilIdle: false });
  await advance(medic, MINUTE);
  expect((await medic.get('/-/ready')).text).toContain(`the first scan of ${archiveFolder}`);
  const page = await medic.page();
  expect(page.lines('flink_job_final_status')).toHaveLength(1);
  expect(page.lines('flink_archive_files')).toEqual([]);
  expect(page.lines('flink_medic_ledger_errors_total', '"read"')[0]).toMatch(/ [1-9]\d*$/);
  expect(medic.log.filter(({ msg }) => String(msg).includes('--ledger.rebuild'))).toHaveLength(1);
  expect(medic.log.map(({ msg }) => msg)).toContain('a scan failed because of the ledger');

  ledger.exec('UPDATE archive_files SET outcome_document = NULL');
  await advance(medic, 2 * MINUTE);
  expect((await medic.get('/-/ready')).status).toBe(200);
  expect((await medic.page()).lines('flink_archive_files', '"indexed"')[0]).toMatch(/ 1$/);
});
