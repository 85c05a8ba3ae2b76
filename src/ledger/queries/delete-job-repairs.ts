/** Forgets what was remembered of jobs across their incidents. */

import type { JobRepairs } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function deleteJobRepairs(
  db: LedgerDatabase,
  jobs: readonly Pick<JobRepairs, 'cluster' | 'name'>[],
): Promise<void> {
  for (const batch of batches(jobs)) {
    await db
      .deleteFrom('job_repairs')
      .where((eb) => eb.or(batch.map(({ cluster, name }) => eb.and({ cluster, job_name: name }))))
      .execute();
  }
}
