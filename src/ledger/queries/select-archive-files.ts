/** Reads the index of archives: what every known file said when it was last read. In slices, as `selectRuns` does. */

import type { Selectable } from 'kysely';
import type { ArchiveOutcome } from '../../core/facts.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { ArchiveFile } from '../ledger.ts';
import type { LedgerDatabase, LedgerSchema } from '../schema.ts';

const SLICE = 1000;

/** @param values takes what many of them say alike */
export async function selectArchiveFiles(db: LedgerDatabase, values: SharedValues): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  const first = db.selectFrom('archive_files').selectAll().orderBy('folder').orderBy('path').limit(SLICE);
  for (let slice = first; ; ) {
    const rows = await slice.execute();
    for (const row of rows) files.push(toFile(row, values));
    const last = files.at(-1);
    if (rows.length < SLICE || last === undefined) return files;
    const { folder, path } = last;
    slice = first.where((eb) => eb(eb.refTuple('folder', 'path'), '>', eb.tuple(folder, path)));
  }
}

function toFile(row: Selectable<LedgerSchema['archive_files']>, values: SharedValues): ArchiveFile {
  return {
    folder: values.text(row.folder),
    // Its run has it, too.
    path: values.text(row.path),
    jobId: row.job_id,
    ...(row.cluster_folder === null ? {} : { clusterFolder: values.text(row.cluster_folder) }),
    size: row.size,
    mtimeMs: row.mtime_ms,
    state: row.state as ArchiveFile['state'],
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.outcome_document === null ? {} : { outcome: JSON.parse(row.outcome_document) as ArchiveOutcome }),
    ...(row.cluster === null || row.generation === null
      ? {}
      : { run: { cluster: values.text(row.cluster), jobId: row.job_id, generation: row.generation } }),
  };
}
