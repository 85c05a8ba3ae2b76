/**
 * Reads every run that is remembered: the whole of those that live, and of the others what stays in memory while they sleep.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Final, Run } from '../../core/run.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { SleepingRuns } from '../../core/sleeping-run.ts';
import { rowsOf } from './rows-of.ts';

const LIVE = 'SELECT run_document FROM runs WHERE ended_at IS NULL';
const ENDED = `SELECT cluster, job_id, generation, job_name,
  json_extract(run_document, '$.startTimes', '$.final', '$.archive') FROM runs WHERE ended_at IS NOT NULL`;

type EndedRow = readonly [cluster: string, jobId: string, generation: number, name: string, rest: string];

/** @param values takes what many of them say alike */
export function selectRuns(db: DatabaseSync, values: SharedValues, sleeping: SleepingRuns): Run[] {
  const runs: Run[] = [];
  for (const [document] of rowsOf<[document: string]>(db, LIVE)) {
    const run = JSON.parse(document) as Run;
    values.share(run);
    runs.push(run);
  }
  for (const [cluster, jobId, generation, name, rest] of rowsOf<EndedRow>(db, ENDED)) {
    const [startTimes, final, archive] = JSON.parse(rest) as [number[], Final, string | null];
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
