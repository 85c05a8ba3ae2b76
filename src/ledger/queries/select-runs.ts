/**
 * Reads every run that is remembered: the whole of those that live, and of the others what stays in memory while they sleep.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Run } from '../../core/run.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { SleepingRuns } from '../../core/sleeping-run.ts';
import type { FinalSource, FinalStatus } from '../../core/states.ts';
import { rowsOf } from './rows-of.ts';

const LIVE = 'SELECT run_document FROM runs WHERE ended_at IS NULL';
const ENDED = `SELECT cluster, job_id, generation, job_name, final_status, final_source, ended_at, recorded_at, started_at,
  more_starts, archive FROM runs WHERE ended_at IS NOT NULL`;

type EndedRow = readonly [
  cluster: string,
  jobId: string,
  generation: number,
  name: string,
  status: FinalStatus,
  source: FinalSource,
  endTime: number,
  recordedAt: number,
  startTime: number,
  startTimes: string | null,
  archive: string | null,
];

/** @param values takes what many of them say alike */
export function selectRuns(db: DatabaseSync, values: SharedValues, sleeping: SleepingRuns): Run[] {
  const runs: Run[] = [];
  for (const [document] of rowsOf<readonly [string]>(db, LIVE)) {
    const run = JSON.parse(document) as Run;
    values.share(run);
    runs.push(run);
  }
  for (const row of rowsOf<EndedRow>(db, ENDED)) {
    const [cluster, jobId, generation, name, status, source, endTime, recordedAt, startTime, startTimes, archive] = row;
    runs.push(
      sleeping.asleep({
        cluster: values.text(cluster),
        jobId,
        generation,
        name: values.text(name),
        starts: startTimes === null ? startTime : (JSON.parse(startTimes) as number[]),
        status: values.text(status),
        source: values.text(source),
        endTime,
        recordedAt,
        archive: archive ?? undefined,
      }),
    );
  }
  return runs;
}
