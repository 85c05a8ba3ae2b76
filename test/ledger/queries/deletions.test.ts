/** Deletions take a statement for many rows, and each finds its rows by an index. */

import { expect, it } from 'vitest';
import { deleteArchiveFiles } from '../../../src/ledger/queries/delete-archive-files.ts';
import { deleteJobRepairs } from '../../../src/ledger/queries/delete-job-repairs.ts';
import { deleteSettings } from '../../../src/ledger/queries/delete-settings.ts';
import { removeRuns } from '../../../src/ledger/queries/remove-runs.ts';
import { database } from '../support/database.ts';

const ids = Array.from({ length: 1_000 }, (_value, index) => String(index));

it('removes runs', async () => {
  const { db, statements, scans } = await database();
  await removeRuns(
    db,
    ids.map((jobId) => ({
      cluster: 'prod',
      jobId,
      generation: 1,
      startTimes: [1],
      endTime: 2,
      status: 'FAILED',
    })),
  );
  expect(statements.length).toBeLessThanOrEqual(15);
  expect(scans()).toEqual([]);
});

it('removes archive files', async () => {
  const { db, statements, scans } = await database();
  await deleteArchiveFiles(
    db,
    ids.map((path) => ({ folder: '/f', path })),
  );
  expect(statements.length).toBeLessThanOrEqual(5);
  expect(scans()).toEqual([]);
});

it('removes settings, and what is remembered of jobs', async () => {
  const { db, statements, scans } = await database();
  await deleteSettings(db, ids);
  await deleteJobRepairs(
    db,
    ids.map((name) => ({ cluster: 'prod', name })),
  );
  expect(statements.length).toBeLessThanOrEqual(10);
  expect(scans()).toEqual([]);
});
