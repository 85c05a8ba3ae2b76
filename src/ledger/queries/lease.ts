/** The lease: a number in the settings, by which whoever took the ledger over shuts out everybody before. */

import type { LedgerDatabase } from '../schema.ts';

const KEY = 'lease';

/** The number of whoever took the lease last; 0 when nobody did yet. */
export async function selectLease(db: LedgerDatabase): Promise<number> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
  return Number(row?.value ?? 0);
}

/** Belongs in a transaction, like everything that reads before it writes. */
export async function incrementLease(db: LedgerDatabase): Promise<number> {
  const lease = (await selectLease(db)) + 1;
  await db
    .replaceInto('settings')
    .values({ key: KEY, value: String(lease) })
    .execute();
  return lease;
}
