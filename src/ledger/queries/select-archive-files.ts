/** Reads the index of archives, what every known file said when it was last read; without Kysely, as `selectRuns` does. */

import type { DatabaseSync } from 'node:sqlite';
import type { ArchiveOutcome } from '../../core/facts.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { ArchiveFile } from '../ledger.ts';
import { rowsOf } from './rows-of.ts';

const QUERY = `SELECT folder, path, job_id, cluster_folder, size, mtime_ms, state, reason, outcome_document, cluster,
  generation FROM archive_files`;

type Row = readonly [
  folder: string,
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

/** @param values takes what many of them say alike */
export function selectArchiveFiles(db: DatabaseSync, values: SharedValues): ArchiveFile[] {
  return Array.from(rowsOf<Row>(db, QUERY), (row) => toFile(row, values));
}

function toFile(row: Row, values: SharedValues): ArchiveFile {
  const [folder, path, jobId, clusterFolder, size, mtimeMs, state, reason, outcome, cluster, generation] = row;
  return {
    folder: values.text(folder),
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
