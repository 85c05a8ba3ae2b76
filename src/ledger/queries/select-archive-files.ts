/** Reads the index of archives: what every known file said when it was last read. */

import type { ArchiveOutcome } from '../../core/facts.ts';
import type { ArchiveFile } from '../ledger.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectArchiveFiles(db: LedgerDatabase): Promise<ArchiveFile[]> {
  const rows = await db.selectFrom('archive_files').selectAll().execute();
  return rows.map((row) => ({
    folder: row.folder,
    path: row.path,
    jobId: row.job_id,
    ...(row.cluster_folder === null ? {} : { clusterFolder: row.cluster_folder }),
    size: row.size,
    mtimeMs: row.mtime_ms,
    state: row.state as ArchiveFile['state'],
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.outcome_document === null ? {} : { outcome: JSON.parse(row.outcome_document) as ArchiveOutcome }),
    ...(row.cluster === null || row.generation === null
      ? {}
      : { run: { cluster: row.cluster, jobId: row.job_id, generation: row.generation } }),
  }));
}
