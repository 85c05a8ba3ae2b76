/** Takes settings out. */

import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function deleteSettings(db: LedgerDatabase, keys: readonly string[]): Promise<void> {
  for (const batch of batches(keys)) await db.deleteFrom('settings').where('key', 'in', batch).execute();
}
