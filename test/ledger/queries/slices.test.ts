/** What is read in slices is read to its end, and each row once. */

import { expect, it } from 'vitest';
import { sharedValues } from '../../../src/core/shared-values.ts';
import { sleepingRuns } from '../../../src/core/sleeping-run.ts';
import type { ArchiveFile } from '../../../src/ledger/ledger.ts';
import { selectArchiveFiles, selectArchiveFolders } from '../../../src/ledger/queries/select-archive-files.ts';
import { readRun } from '../../../src/ledger/queries/read-run.ts';
import { selectRuns } from '../../../src/ledger/queries/select-runs.ts';
import { upsertArchiveFiles } from '../../../src/ledger/queries/upsert-archive-files.ts';
import { upsertRuns } from '../../../src/ledger/queries/upsert-runs.ts';
import { runOf } from '../../http/pages/fixtures.ts';
import { database } from '../support/database.ts';

it.for([0, 1, 999, 1000, 1001, 2000, 2500])('%i runs and files', async (count) => {
  const { file, writer } = await database();
  const numbers = Array.from({ length: count }, (_, index) => index);
  // Slices end within a cluster, a job id and a folder, too.
  const runs = numbers.map((index) => ({
    ...runOf({ jobId: String(index % 700), generation: 1 + (index % 3) }),
    cluster: `cluster-${String(index)}`.slice(0, 9),
  }));
  const keys = new Set(runs.map(({ cluster, jobId, generation }) => `${cluster} ${jobId} ${String(generation)}`));
  upsertRuns(writer, runs);
  upsertArchiveFiles(
    writer,
    numbers.map(
      (index): ArchiveFile => ({
        folder: `/archives/${String(index % 2)}`,
        path: `/archives/${String(index % 2)}/${String(index)}`,
        jobId: String(index),
        size: 1,
        mtimeMs: 1,
        state: 'indexed',
      }),
    ),
  );
  const read = selectRuns(
    file,
    sharedValues(),
    sleepingRuns((key) => readRun(writer, key)),
  );
  const folders = selectArchiveFolders(file);
  expect(folders).toEqual(['/archives/0', '/archives/1'].slice(0, count));
  const files = folders.flatMap((folder) => {
    const slices: ArchiveFile[] = [];
    for (;;) {
      const slice = selectArchiveFiles(file, folder, slices.at(-1), 500, sharedValues());
      slices.push(...slice);
      if (slice.length < 500) return slices;
    }
  });
  expect(read).toHaveLength(keys.size);
  expect(new Set(read.map(({ cluster, jobId, generation }) => `${cluster} ${jobId} ${String(generation)}`))).toEqual(
    keys,
  );
  expect(files).toHaveLength(count);
  expect(new Set(files.map(({ path }) => path)).size).toBe(count);
});
