/** Reads the counters of names: those asked for, or those whose name still has a run. */

import type { Selectable } from 'kysely';
import type { NameCounters } from '../../core/name-counters.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { LedgerDatabase, LedgerSchema } from '../schema.ts';
import { batches } from './batches.ts';

export async function selectNameCounters(
  db: LedgerDatabase,
  cluster: string,
  names: readonly string[],
): Promise<NameCounters[]> {
  const counters: NameCounters[] = [];
  for (const batch of batches(names)) {
    const query = db.selectFrom('name_counters').selectAll().where('cluster', '=', cluster);
    const rows = await query.where('job_name', 'in', batch).execute();
    counters.push(...rows.map(toCounters));
  }
  return counters;
}

/** @param values takes what runs say as well */
export async function selectNameCountersWithRuns(db: LedgerDatabase, values: SharedValues): Promise<NameCounters[]> {
  const withRuns = db.selectFrom('runs').select(['cluster', 'job_name']).distinct().as('with_runs');
  const rows = await db
    .selectFrom('name_counters')
    .innerJoin(withRuns, (join) =>
      join
        .onRef('with_runs.cluster', '=', 'name_counters.cluster')
        .onRef('with_runs.job_name', '=', 'name_counters.job_name'),
    )
    .selectAll('name_counters')
    .execute();
  return rows.map((row) =>
    toCounters({ ...row, cluster: values.text(row.cluster), job_name: values.text(row.job_name) }),
  );
}

function toCounters(row: Selectable<LedgerSchema['name_counters']>): NameCounters {
  return {
    cluster: row.cluster,
    name: row.job_name,
    ended: { FINISHED: row.finished, FAILED: row.failed, CANCELED: row.canceled },
    vanished: row.vanished,
  };
}
