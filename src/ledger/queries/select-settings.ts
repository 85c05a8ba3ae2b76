/** Reads every setting: small documents by key, such as what was last known of a cluster. */

import type { LedgerDatabase } from '../schema.ts';

export async function selectSettings(db: LedgerDatabase): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('settings').selectAll().execute();
  return new Map(rows.map(({ key, value }) => [key, value]));
}
