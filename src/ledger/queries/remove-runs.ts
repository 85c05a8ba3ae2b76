/** Replaces runs by their tombstones, so that nothing old is ever taken for new. */

import type { Tombstone } from '../../core/run.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function removeRuns(db: LedgerDatabase, stones: readonly Tombstone[]): Promise<void> {
  for (const batch of batches(stones)) {
    const keys = batch.map(({ cluster, jobId, generation }) => ({ cluster, job_id: jobId, generation }));
    await db
      .deleteFrom('runs')
      .where((eb) => eb.or(keys.map((key) => eb.and(key))))
      .execute();
    await db
      .deleteFrom('events')
      .where((eb) => eb.or(keys.map((key) => eb.and(key))))
      .execute();
    const rows = batch.map((stone) => ({
      cluster: stone.cluster,
      job_id: stone.jobId,
      generation: stone.generation,
      start_times: JSON.stringify(stone.startTimes),
      ended_at: stone.endTime,
      final_status: stone.status,
    }));
    await db
      .insertInto('tombstones')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
