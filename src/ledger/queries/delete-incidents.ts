/** Removes incidents; their attempts, events and deliveries go with them. */

import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function deleteIncidents(db: LedgerDatabase, ids: readonly number[]): Promise<void> {
  for (const batch of batches(ids)) await db.deleteFrom('incidents').where('id', 'in', batch).execute();
}
