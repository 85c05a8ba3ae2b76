/** Reads what is remembered of every job across its incidents. */

import type { JobRepairs } from '../../core/restart/incident.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectJobRepairs(db: LedgerDatabase): Promise<JobRepairs[]> {
  const rows = await db.selectFrom('job_repairs').select('repairs_document').execute();
  return rows.map(({ repairs_document }) => JSON.parse(repairs_document) as JobRepairs);
}
