/** Reads the story of one incident, oldest first. */

import type { IncidentEvent } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectIncidentEvents(db: LedgerDatabase, incident: number): Promise<IncidentEvent[]> {
  const rows = await db
    .selectFrom('incident_events')
    .selectAll()
    .where('incident', '=', incident)
    .orderBy('id')
    .execute();
  return rows.map(({ at, kind, reason, detail }) => ({
    incident,
    at,
    kind: kind as IncidentEvent['kind'],
    ...(reason === null ? {} : { reason: reason as NonNullable<IncidentEvent['reason']> }),
    detail,
  }));
}
