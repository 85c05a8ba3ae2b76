/** Which run an alert is about. Its labels choose a configured cluster and a known run, and nothing else. */

import type { RememberedRuns } from '../remembered-runs.ts';
import { boundLabel } from '../label-value.ts';
import { type Run, startOf } from '../run.ts';
import type { IgnoredReason, ReceivedAlert } from './alerts.ts';
import { isoTime } from '../iso-time.ts';

/** What is known of the configured clusters, by their name. */
export interface RunLookup {
  history(cluster: string): Pick<RememberedRuns, 'generations' | 'runsOf'> | undefined;
  /** JobManager's clock less ours. */
  clockOffsetMs(cluster: string): number;
}

/** `pending`: the run that it names has not ended; absent while the runs of its cluster are not known yet. */
export type AlertMatch =
  | { readonly kind: 'ended'; readonly run: Run }
  | { readonly kind: 'pending'; readonly run?: Run; readonly detail: string }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason; readonly detail: string };

/** An alert without `job_id` is about an end at most this long before it began: rules are evaluated late. */
const BEFORE_START_MS = 5 * 60_000;
/** By how much the clocks of Prometheus and the JobManager may differ: a job can fail in its first second. */
const CLOCK_SLACK_MS = 60_000;

/** Whether the run ended well or badly, and whether anything is done about it, is for the decision. */
export function matchAlert(
  { labels, startsAt }: Pick<ReceivedAlert, 'labels' | 'startsAt'>,
  lookup: RunLookup,
): AlertMatch {
  const missing = ['flink_cluster', 'job_name'].filter((label) => (labels[label] ?? '') === '');
  if (missing.length > 0) {
    return ignored(
      'labels_missing',
      `the alert needs labels flink_cluster and job_name; missing: ${missing.join(', ')}`,
    );
  }
  const cluster = boundLabel(labels.flink_cluster ?? '');
  const name = boundLabel(labels.job_name ?? '');
  const history = lookup.history(cluster);
  if (history === undefined) {
    return ignored('unknown_cluster', `flink_cluster ${JSON.stringify(cluster)} is not configured`);
  }
  const began = startsAt + lookup.clockOffsetMs(cluster);
  const jobId = boundLabel(labels.job_id ?? '');
  return jobId === ''
    ? byName([...history.runsOf(name)], name, began)
    : byId(
        history.generations(jobId).filter((run) => run.name === name),
        name,
        jobId,
        began,
      );
}

/**
 * The newest generation that had begun when the alert did. An alert that is older than the newest of all is about the
 * one before, which the decision finds superseded.
 *
 * @param began when the alert did, JobManager's clock
 */
function byId(generations: readonly Run[], name: string, jobId: string, began: number): AlertMatch {
  const begunBefore = (moment: number): Run | undefined =>
    generations.findLast((generation) => startOf(generation) <= moment);
  const run = begunBefore(began) ?? begunBefore(began + CLOCK_SLACK_MS);
  if (run !== undefined) return run.final === undefined ? pending(run) : { kind: 'ended', run };
  const known = `of ${JSON.stringify(name)} with job_id ${JSON.stringify(jobId)} is known`;
  const younger = generations.length === 0 ? '' : ' from before this alert began';
  return ignored('unknown_job', `no run ${known}${younger}`);
}

function byName(runs: readonly Run[], name: string, began: number): AlertMatch {
  if (runs.length === 0) return ignored('unknown_job', `no run of ${JSON.stringify(name)} is known on this cluster`);
  const last = runs.reduce((a, b) => ((b.final?.endTime ?? -1) > (a.final?.endTime ?? -1) ? b : a));
  if (last.final !== undefined && last.final.endTime >= began - BEFORE_START_MS) return { kind: 'ended', run: last };
  const live = runs.find((run) => run.final === undefined);
  if (live !== undefined) return pending(live);
  const ended = isoTime(last.final?.endTime ?? 0);
  return ignored('run_not_ended', `the last run, ${last.jobId}, ended at ${ended}, before this alert began`);
}

function pending(run: Run): AlertMatch {
  return { kind: 'pending', run, detail: `run ${run.jobId} has not ended: it is ${run.state}` };
}

function ignored(reason: IgnoredReason, detail: string): AlertMatch {
  return { kind: 'ignored', reason, detail };
}
