/** Reads one run as it was stored last, without waiting: `Ledger.run`. */

import { keyOf, type Run, type RunKey } from '../../core/run.ts';
import type { RowReader } from '../schema.ts';

const QUERY = 'SELECT run_document FROM runs WHERE cluster = ? AND job_id = ? AND generation = ?';

/** @throws Error when there is no such run, and what SQLite or JSON.parse throws */
export function readRun(reader: RowReader, key: RunKey): Run {
  const row = reader.readRow(QUERY, [key.cluster, key.jobId, key.generation]);
  if (row === undefined) throw new Error(`there is no run ${keyOf(key)} of ${key.cluster}`);
  return JSON.parse(String(row.run_document)) as Run;
}
