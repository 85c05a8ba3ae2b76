/** Writes the counters of names: totals, so that a repeated write does no harm. */

import type { NameCounters } from '../../core/name-counters.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function upsertNameCounters(db: LedgerDatabase, names: readonly NameCounters[]): Promise<void> {
  for (const batch of batches(names)) {
    const rows = batch.map(({ cluster, name, ended, vanished }) => ({
      cluster,
      job_name: name,
      finished: ended.FINISHED,
      failed: ended.FAILED,
      canceled: ended.CANCELED,
      vanished,
    }));
    await db
      .insertInto('name_counters')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['cluster', 'job_name']).doUpdateSet((eb) => ({
          finished: eb.ref('excluded.finished'),
          failed: eb.ref('excluded.failed'),
          canceled: eb.ref('excluded.canceled'),
          vanished: eb.ref('excluded.vanished'),
        })),
      )
      .execute();
  }
}
