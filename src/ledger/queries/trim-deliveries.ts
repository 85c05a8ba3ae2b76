/** Takes alerts out of the audit that are too old or too many, but none that still waits; returns how many are left. */

import type { IncidentLeavings } from '../incident-ledger.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function trimDeliveries(
  db: LedgerDatabase,
  { deliveries: since, newestDeliveries: newest }: Partial<IncidentLeavings>,
): Promise<number> {
  if (since !== undefined) await db.deleteFrom('deliveries').where('last_at', '<', since).execute();
  if (newest !== undefined) {
    const tooMany = db.selectFrom('deliveries').select('last_at').orderBy('last_at', 'desc').limit(1).offset(newest);
    await db.deleteFrom('deliveries').where('last_at', '<=', tooMany).where('outcome', '<>', 'stored').execute();
  }
  const count = db.selectFrom('deliveries').select((eb) => eb.fn.countAll<number>().as('left'));
  return (await count.executeTakeFirstOrThrow()).left;
}
