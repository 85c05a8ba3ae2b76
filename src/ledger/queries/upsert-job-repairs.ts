/** Writes what is remembered of jobs across their incidents. */

import type { JobRepairs } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function upsertJobRepairs(db: LedgerDatabase, repairs: readonly JobRepairs[]): Promise<void> {
  for (const batch of batches(repairs)) {
    const rows = batch.map((job) => ({
      cluster: job.cluster,
      job_name: job.name,
      repairs_document: JSON.stringify(job),
    }));
    await db.replaceInto('job_repairs').values(rows).execute();
  }
}
