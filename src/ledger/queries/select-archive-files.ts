/** Reads the index of archives: what each known file said when it was last read. Without Kysely, as `selectRuns` does. */

import type { DatabaseSync } from 'node:sqlite';
import type { ArchiveOutcome } from '../../core/facts.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { ArchiveFile } from '../ledger.ts';
import { rowsOf } from './rows-of.ts';

const FILES = `SELECT path, job_id, cluster_folder, size, mtime_ms, state, reason, outcome_document, cluster, generation
  FROM archive_files WHERE folder = ? AND path >= ? ORDER BY path LIMIT ? OFFSET ?`;
/** From one to the next by the key: to look at every file would cost a start tens of milliseconds. */
const FOLDERS = `WITH RECURSIVE folders (folder) AS (SELECT min(folder) FROM archive_files UNION ALL
  SELECT (SELECT min(folder) FROM archive_files f WHERE f.folder > folders.folder) FROM folders WHERE folder IS NOT NULL)
  SELECT folder FROM folders WHERE folder IS NOT NULL`;

type Row = readonly [
  path: string,
  jobId: string,
  clusterFolder: string | null,
  size: number,
  mtimeMs: number,
  state: ArchiveFile['state'],
  reason: string | null,
  outcome: string | null,
  cluster: string | null,
  generation: number | null,
];

/** Folders of which files are known. */
export function selectArchiveFolders(db: DatabaseSync): string[] {
  return Array.from(rowsOf<readonly [string]>(db, FOLDERS), ([folder]) => folder);
}

/**
 * The next files of a folder, by their paths.
 *
 * @param last of those before them, which must still be there; undefined for the first ones
 * @param values takes what many of them say alike
 */
export function selectArchiveFiles(
  db: DatabaseSync,
  folder: string,
  last: ArchiveFile | undefined,
  most: number,
  values: SharedValues,
): ArchiveFile[] {
  const rows = rowsOf<Row>(db, FILES, folder, last?.path ?? '', most, last === undefined ? 0 : 1);
  return Array.from(rows, (row) => toFile(folder, row, values));
}

function toFile(folder: string, row: Row, values: SharedValues): ArchiveFile {
  const [path, jobId, clusterFolder, size, mtimeMs, state, reason, outcome, cluster, generation] = row;
  return {
    folder,
    path,
    jobId,
    ...(clusterFolder === null ? {} : { clusterFolder: values.text(clusterFolder) }),
    size,
    mtimeMs,
    state: values.text(state),
    ...(reason === null ? {} : { reason }),
    ...(outcome === null ? {} : { outcome: JSON.parse(outcome) as ArchiveOutcome }),
    ...(cluster === null || generation === null ? {} : { run: { cluster: values.text(cluster), jobId, generation } }),
  };
}
