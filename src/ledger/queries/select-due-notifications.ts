/** Reads messages to one address whose time has come, in the order in which they were queued. */

import type { Notification } from '../incident-ledger.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectDueNotifications(
  db: LedgerDatabase,
  url: string,
  now: number,
  limit: number,
): Promise<Notification[]> {
  const rows = await db
    .selectFrom('notifications')
    .selectAll()
    .where('url', '=', url)
    .where('next_try_at', '<=', now)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(({ id, event, created_at, body, tries, next_try_at }) => ({
    id,
    url,
    event: event as Notification['event'],
    createdAt: created_at,
    body,
    tries,
    nextTryAt: next_try_at,
  }));
}
