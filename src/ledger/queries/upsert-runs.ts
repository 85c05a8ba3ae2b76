/** Writes runs as they are now: the columns that queries need, and the whole run as a document. */

import type { Run } from '../../core/run.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function upsertRuns(db: LedgerDatabase, runs: readonly Run[]): Promise<void> {
  for (const batch of batches(runs)) {
    const rows = batch.map((run) => ({
      cluster: run.cluster,
      job_id: run.jobId,
      generation: run.generation,
      job_name: run.name,
      ended_at: run.final?.endTime ?? null,
      final_status: run.final?.status ?? null,
      run_document: JSON.stringify(run),
    }));
    await db
      .insertInto('runs')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['cluster', 'job_id', 'generation']).doUpdateSet((eb) => ({
          job_name: eb.ref('excluded.job_name'),
          ended_at: eb.ref('excluded.ended_at'),
          final_status: eb.ref('excluded.final_status'),
          run_document: eb.ref('excluded.run_document'),
        })),
      )
      .execute();
  }
}
