/** Counts messages that are not sent yet, due or not. */

import type { LedgerDatabase } from '../schema.ts';

export async function countNotifications(db: LedgerDatabase): Promise<number> {
  const query = db.selectFrom('notifications').select((eb) => eb.fn.countAll<number>().as('waiting'));
  return (await query.executeTakeFirstOrThrow()).waiting;
}
