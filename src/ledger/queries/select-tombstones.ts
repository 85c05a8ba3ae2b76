/** Reads what stayed of runs that left the ledger, by job id. */

import type { Tombstone } from '../../core/run.ts';
import type { FinalStatus } from '../../core/states.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function selectTombstones(
  db: LedgerDatabase,
  cluster: string,
  jobIds: readonly string[],
): Promise<Tombstone[]> {
  const stones: Tombstone[] = [];
  for (const batch of batches(jobIds)) {
    const rows = await db
      .selectFrom('tombstones')
      .selectAll()
      .where('cluster', '=', cluster)
      .where('job_id', 'in', batch)
      .execute();
    for (const row of rows) {
      stones.push({
        cluster: row.cluster,
        jobId: row.job_id,
        generation: row.generation,
        startTimes: JSON.parse(row.start_times) as number[],
        endTime: row.ended_at,
        status: row.final_status as FinalStatus,
      });
    }
  }
  return stones;
}
