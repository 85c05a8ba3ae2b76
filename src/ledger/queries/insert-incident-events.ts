/** Appends to the stories of incidents; an event is never changed. */

import type { IncidentEvent } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function insertIncidentEvents(db: LedgerDatabase, events: readonly IncidentEvent[]): Promise<void> {
  for (const batch of batches(events)) {
    const rows = batch.map(({ incident, at, kind, reason, detail }) => ({
      incident,
      at,
      kind,
      reason: reason ?? null,
      detail,
    }));
    await db.insertInto('incident_events').values(rows).execute();
  }
}
