/** Takes messages out of the queue that are too old, to nobody any more, or too many; returns how many it were. */

import type { LedgerDatabase } from '../schema.ts';

export async function trimNotifications(
  db: LedgerDatabase,
  keep: { readonly createdSince: number; readonly urls: readonly string[]; readonly newest: number },
): Promise<number> {
  const unwanted = await db
    .deleteFrom('notifications')
    .where((eb) => eb.or([eb('created_at', '<', keep.createdSince), eb('url', 'not in', keep.urls)]))
    .executeTakeFirstOrThrow();
  const newest = db.selectFrom('notifications').select('sequence').orderBy('sequence', 'desc').limit(keep.newest);
  const tooMany = await db.deleteFrom('notifications').where('sequence', 'not in', newest).executeTakeFirstOrThrow();
  return Number(unwanted.numDeletedRows + tooMany.numDeletedRows);
}
