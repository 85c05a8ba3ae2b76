/**
 * Reads every run that is remembered, ended or not. In slices: the rows of a hundred thousand at once would be several
 * times what is kept of them.
 */

import type { Run } from '../../core/run.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { LedgerDatabase } from '../schema.ts';

const SLICE = 1000;

/** @param values takes what many of them say alike */
export async function selectRuns(db: LedgerDatabase, values: SharedValues): Promise<Run[]> {
  const runs: Run[] = [];
  const first = db
    .selectFrom('runs')
    .select('run_document')
    .orderBy('cluster')
    .orderBy('job_id')
    .orderBy('generation')
    .limit(SLICE);
  for (let slice = first; ; ) {
    const rows = await slice.execute();
    for (const { run_document: document } of rows) {
      const run = JSON.parse(document) as Run;
      values.share(run);
      runs.push(run);
    }
    const last = runs.at(-1);
    if (rows.length < SLICE || last === undefined) return runs;
    const { cluster, jobId, generation } = last;
    slice = first.where((eb) =>
      eb(eb.refTuple('cluster', 'job_id', 'generation'), '>', eb.tuple(cluster, jobId, generation)),
    );
  }
}
