/** Takes entries out of the audit that are too old or too many; returns how many are left at most. */

import type { LedgerDatabase } from '../schema.ts';

export async function trimEvents(
  db: LedgerDatabase,
  keep: { readonly olderThan: number; readonly newest: number },
): Promise<number> {
  await db.deleteFrom('events').where('at', '<', keep.olderThan).execute();
  // Numbers grow by one, and runs that left have taken some away: looked up, not counted, because this can be a million.
  const last = (await db.selectFrom('events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst())?.id ?? 0;
  await db
    .deleteFrom('events')
    .where('id', '<=', last - keep.newest)
    .execute();
  const first = await db.selectFrom('events').select('id').orderBy('id').limit(1).executeTakeFirst();
  return first === undefined ? 0 : last - first.id + 1;
}
