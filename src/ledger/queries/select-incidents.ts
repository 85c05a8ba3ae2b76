/** Reads every incident with its attempts, oldest first. */

import type { Attempt, Incident } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectIncidents(db: LedgerDatabase): Promise<Incident[]> {
  const rows = await db.selectFrom('incidents').select(['id', 'incident_document']).orderBy('id').execute();
  const attempts = await db
    .selectFrom('attempts')
    .select(['incident', 'attempt_document'])
    .orderBy('incident')
    .orderBy('number')
    .execute();
  const byIncident = Map.groupBy(attempts, ({ incident }) => incident);
  return rows.map(({ id, incident_document }) => ({
    ...(JSON.parse(incident_document) as Omit<Incident, 'attempts'>),
    attempts: (byIncident.get(id) ?? []).map(({ attempt_document }) => JSON.parse(attempt_document) as Attempt),
  }));
}
