/** Queues messages to send; one that waits already stays as it is. */

import type { Notification } from '../incident-ledger.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function insertNotifications(db: LedgerDatabase, notifications: readonly Notification[]): Promise<void> {
  for (const batch of batches(notifications)) {
    const rows = batch.map(({ id, url, event, createdAt, body, tries, nextTryAt }) => ({
      id,
      url,
      event,
      created_at: createdAt,
      tries,
      next_try_at: nextTryAt,
      body,
    }));
    await db
      .insertInto('notifications')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['id', 'url']).doNothing())
      .execute();
  }
}
