/** Writes the counters of names: totals, so that a repeated write does no harm. */

import type { NameCounters } from '../../core/name-counters.ts';
import type { RowWriter } from '../schema.ts';

const UPSERT = `INSERT OR REPLACE INTO name_counters (cluster, job_name, finished, failed, canceled, vanished)
  VALUES (?, ?, ?, ?, ?, ?)`;

export function upsertNameCounters(writer: RowWriter, names: readonly NameCounters[]): void {
  writer.writeRows(
    UPSERT,
    names.map(({ cluster, name, ended, vanished }) => [
      cluster,
      name,
      ended.FINISHED,
      ended.FAILED,
      ended.CANCELED,
      vanished,
    ]),
  );
}
