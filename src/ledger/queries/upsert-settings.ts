/** Writes settings; a key that is there gets the new value. */

import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function upsertSettings(db: LedgerDatabase, settings: ReadonlyMap<string, string>): Promise<void> {
  for (const batch of batches([...settings])) {
    const rows = batch.map(([key, value]) => ({ key, value }));
    await db.replaceInto('settings').values(rows).execute();
  }
}
