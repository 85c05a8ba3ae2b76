/** Writes incidents as they are now: the columns that queries need, and the incident without its attempts as a document. */

import type { Incident } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

/** @throws Error for a second incident of one end of a run, and for an incident that would get another run */
export async function upsertIncidents(db: LedgerDatabase, incidents: readonly Incident[]): Promise<void> {
  for (const batch of batches(incidents)) {
    const rows = batch.map(({ attempts: _rowsOfTheirOwn, ...incident }) => ({
      id: incident.id,
      cluster: incident.run.cluster,
      job_id: incident.run.jobId,
      generation: incident.run.generation,
      job_name: incident.run.name,
      state: incident.state,
      opened_at: incident.openedAt,
      closed_at: incident.closedAt ?? null,
      incident_document: JSON.stringify(incident),
    }));
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('incidents')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((eb) => ({
            state: eb.ref('excluded.state'),
            closed_at: eb.ref('excluded.closed_at'),
            incident_document: eb.ref('excluded.incident_document'),
          }))
          .whereRef('incidents.cluster', '=', 'excluded.cluster')
          .whereRef('incidents.job_id', '=', 'excluded.job_id')
          .whereRef('incidents.generation', '=', 'excluded.generation'),
      )
      .executeTakeFirstOrThrow();
    if (Number(numInsertedOrUpdatedRows) !== rows.length) throw new Error('an incident keeps its run');
  }
}
