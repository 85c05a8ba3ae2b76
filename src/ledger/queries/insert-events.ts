/** Appends to the audit trail; an event is never changed. */

import type { RunEvent } from '../../core/run.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function insertEvents(db: LedgerDatabase, events: readonly RunEvent[]): Promise<void> {
  for (const batch of batches(events)) {
    const rows = batch.map(({ jobId, ...event }) => ({ job_id: jobId, ...event }));
    await db.insertInto('events').values(rows).execute();
  }
}
