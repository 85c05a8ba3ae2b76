/**
 * Reads every run that is remembered: the whole of those that live, and of the others what stays in memory while they
 * sleep. Without Kysely and row by row: a hundred thousand rows as objects would take several times what is kept of them.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Final, Run } from '../../core/run.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { SleepingRuns } from '../../core/sleeping-run.ts';

const LIVE = 'SELECT run_document FROM runs WHERE ended_at IS NULL';
const ENDED = `SELECT cluster, job_id, generation, job_name,
  json_extract(run_document, '$.startTimes', '$.final', '$.archive') FROM runs WHERE ended_at IS NOT NULL`;

/** @param values takes what many of them say alike */
export function selectRuns(db: DatabaseSync, values: SharedValues, sleeping: SleepingRuns): Run[] {
  const runs: Run[] = [];
  for (const [document] of rows(db, LIVE)) {
    const run = JSON.parse(document as string) as Run;
    values.share(run);
    runs.push(run);
  }
  for (const [cluster, jobId, generation, name, rest] of rows(db, ENDED)) {
    const [startTimes, final, archive] = JSON.parse(rest as string) as [number[], Final, string | null];
    runs.push(
      sleeping.asleep({
        cluster: values.text(cluster as string),
        jobId: jobId as string,
        generation: generation as number,
        name: values.text(name as string),
        startTimes,
        final,
        archive: archive === null ? undefined : values.text(archive),
      }),
    );
  }
  return runs;
}

function rows(db: DatabaseSync, query: string): Iterable<readonly unknown[]> {
  const statement = db.prepare(query);
  statement.setReturnArrays(true);
  return statement.iterate() as Iterable<unknown> as Iterable<readonly unknown[]>;
}
