/** Reads every run that is remembered, ended or not. */

import type { Run } from '../../core/run.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectRuns(db: LedgerDatabase): Promise<Run[]> {
  const rows = await db.selectFrom('runs').select('run_document').execute();
  return rows.map((row) => JSON.parse(row.run_document) as Run);
}
