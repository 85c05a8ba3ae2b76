/** Writes what archives said when they were read, and whose run each one tells of. */

import type { ArchiveFile } from '../ledger.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function upsertArchiveFiles(db: LedgerDatabase, files: readonly ArchiveFile[]): Promise<void> {
  for (const batch of batches(files)) {
    const rows = batch.map((file) => ({
      folder: file.folder,
      path: file.path,
      job_id: file.jobId,
      cluster_folder: file.clusterFolder ?? null,
      size: file.size,
      mtime_ms: Math.trunc(file.mtimeMs),
      state: file.state,
      reason: file.reason ?? null,
      outcome_document: file.outcome === undefined ? null : JSON.stringify(file.outcome),
      cluster: file.run?.cluster ?? null,
      generation: file.run?.generation ?? null,
    }));
    await db.replaceInto('archive_files').values(rows).execute();
  }
}
