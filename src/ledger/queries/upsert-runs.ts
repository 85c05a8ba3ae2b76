/** Writes runs as they are now: the columns that queries need, and the whole run as a document. */

import type { Run } from '../../core/run.ts';
import type { RowWriter } from '../schema.ts';

const UPSERT = `INSERT OR REPLACE INTO runs
  (cluster, job_id, generation, job_name, ended_at, final_status, run_document) VALUES (?, ?, ?, ?, ?, ?, ?)`;

export function upsertRuns(writer: RowWriter, runs: readonly Run[]): void {
  writer.writeRows(
    UPSERT,
    runs.map((run) => [
      run.cluster,
      run.jobId,
      run.generation,
      run.name,
      run.final?.endTime ?? null,
      run.final?.status ?? null,
      JSON.stringify(run),
    ]),
  );
}
