/** Writes what archives said when they were read, and whose run each one tells of. */

import type { ArchiveFile } from '../ledger.ts';
import type { RowWriter } from '../schema.ts';

const UPSERT = `INSERT OR REPLACE INTO archive_files
  (folder, path, job_id, cluster_folder, size, mtime_ms, state, reason, outcome_document, cluster, generation)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function upsertArchiveFiles(writer: RowWriter, files: readonly ArchiveFile[]): void {
  writer.writeRows(
    UPSERT,
    files.map((file) => [
      file.folder,
      file.path,
      file.jobId,
      file.clusterFolder ?? null,
      file.size,
      Math.trunc(file.mtimeMs),
      file.state,
      file.reason ?? null,
      file.outcome === undefined ? null : JSON.stringify(file.outcome),
      file.run?.cluster ?? null,
      file.run?.generation ?? null,
    ]),
  );
}
