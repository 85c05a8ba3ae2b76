/**
 * Reads every run that is remembered: the whole of those that live, and of the others what stays in memory while they sleep.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Final, Run } from '../../core/run.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { SleepingRuns } from '../../core/sleeping-run.ts';
import { rowsOf } from './rows-of.ts';

/** In one pass, because the documents lie in the rows: it goes through all of the table. */
const QUERY = `SELECT cluster, job_id, generation, job_name, ended_at IS NULL, CASE WHEN ended_at IS NULL
  THEN run_document ELSE json_extract(run_document, '$.startTimes', '$.final', '$.archive') END FROM runs`;

type Row = readonly [cluster: string, jobId: string, generation: number, name: string, live: number, document: string];

/** @param values takes what many of them say alike */
export function selectRuns(db: DatabaseSync, values: SharedValues, sleeping: SleepingRuns): Run[] {
  const runs: Run[] = [];
  for (const [cluster, jobId, generation, name, live, document] of rowsOf<Row>(db, QUERY)) {
    if (live === 1) {
      const run = JSON.parse(document) as Run;
      values.share(run);
      runs.push(run);
      continue;
    }
    const [startTimes, final, archive] = JSON.parse(document) as [number[], Final, string | null];
    runs.push(
      sleeping.asleep({
        cluster: values.text(cluster),
        jobId,
        generation,
        name: values.text(name),
        startTimes,
        final,
        archive: archive === null ? undefined : values.text(archive),
      }),
    );
  }
  return runs;
}
