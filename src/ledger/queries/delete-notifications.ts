/** Takes messages out of the queue. */

import type { NotificationKey } from '../incident-ledger.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function deleteNotifications(db: LedgerDatabase, keys: readonly NotificationKey[]): Promise<void> {
  for (const batch of batches(keys)) {
    await db
      .deleteFrom('notifications')
      .where((eb) => eb.or(batch.map(({ id, url }) => eb.and({ id, url }))))
      .execute();
  }
}
