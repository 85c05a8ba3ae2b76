/** Notes that a message could not be sent, and when it is tried again. */

import type { NotificationKey } from '../incident-ledger.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function postponeNotification(
  db: LedgerDatabase,
  { id, url }: NotificationKey,
  tries: number,
  nextTryAt: number,
): Promise<void> {
  await db
    .updateTable('notifications')
    .set({ tries, next_try_at: nextTryAt })
    .where((eb) => eb.and({ id, url }))
    .execute();
}
