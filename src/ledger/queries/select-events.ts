/** Reads the audit trail of one run, oldest first. */

import type { RunEvent, RunKey } from '../../core/run.ts';
import type { RuleId } from '../../core/rules.ts';
import type { LedgerDatabase } from '../schema.ts';

export async function selectEvents(db: LedgerDatabase, key: RunKey): Promise<RunEvent[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where((eb) => eb.and({ cluster: key.cluster, job_id: key.jobId, generation: key.generation }))
    .orderBy('id')
    .execute();
  return rows.map(({ job_id, kind, rule, cluster, generation, at, detail }) => ({
    cluster,
    jobId: job_id,
    generation,
    at,
    kind: kind as RunEvent['kind'],
    rule: rule as RuleId,
    detail,
  }));
}
