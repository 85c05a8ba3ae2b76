/** Writes the attempts of incidents as they are now. One that was stored is never taken back. */

import type { Incident } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

/** @throws Error when an attempt would submit another job id than before */
export async function upsertAttempts(db: LedgerDatabase, incidents: readonly Incident[]): Promise<void> {
  const attempts = incidents.flatMap(({ id, run, attempts: ofOne }) =>
    ofOne.map((attempt) => ({
      incident: id,
      number: attempt.number,
      cluster: run.cluster,
      job_id: attempt.request.jobId,
      state: attempt.state,
      attempt_document: JSON.stringify(attempt),
    })),
  );
  for (const rows of batches(attempts)) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('attempts')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['incident', 'number'])
          .doUpdateSet((eb) => ({
            state: eb.ref('excluded.state'),
            attempt_document: eb.ref('excluded.attempt_document'),
          }))
          .whereRef('attempts.job_id', '=', 'excluded.job_id'),
      )
      .executeTakeFirstOrThrow();
    if (Number(numInsertedOrUpdatedRows) !== rows.length) throw new Error('an attempt keeps its job id');
  }
}
