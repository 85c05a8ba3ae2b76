/** Reads the counters of names: those asked for, or those whose name still has a run. */

import type { DatabaseSync } from 'node:sqlite';
import type { Selectable } from 'kysely';
import type { NameCounters } from '../../core/name-counters.ts';
import type { Run } from '../../core/run.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { LedgerDatabase, LedgerSchema } from '../schema.ts';
import { batches } from './batches.ts';
import { rowsOf } from './rows-of.ts';

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

/** Those of the names of one cluster, as a JSON list: to join all names with all runs would go through the documents again. */
const OF_NAMES = `SELECT job_name, finished, failed, canceled, vanished FROM json_each(?) AS names
  CROSS JOIN name_counters ON name_counters.cluster = ? AND name_counters.job_name = names.value`;

type Row = readonly [name: string, finished: number, failed: number, canceled: number, vanished: number];

/**
 * @param runs all that are remembered
 * @param values takes what runs say as well
 */
export function selectNameCountersWithRuns(
  db: DatabaseSync,
  runs: readonly Pick<Run, 'cluster' | 'name'>[],
  values: SharedValues,
): NameCounters[] {
  const namesOf = new Map<string, Set<string>>();
  for (const { cluster, name } of runs) {
    const names = namesOf.get(cluster);
    if (names === undefined) namesOf.set(cluster, new Set([name]));
    else names.add(name);
  }
  const counters: NameCounters[] = [];
  for (const [cluster, names] of namesOf) {
    for (const row of rowsOf<Row>(db, OF_NAMES, JSON.stringify([...names]), cluster)) {
      const [name, finished, failed, canceled, vanished] = row;
      counters.push(toCounters({ cluster, job_name: values.text(name), finished, failed, canceled, vanished }));
    }
  }
  return counters;
}

function toCounters(row: Selectable<LedgerSchema['name_counters']>): NameCounters {
  return {
    cluster: row.cluster,
    name: row.job_name,
    ended: { FINISHED: row.finished, FAILED: row.failed, CANCELED: row.canceled },
    vanished: row.vanished,
  };
}
