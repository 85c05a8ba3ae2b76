/** What /metrics must say when the demo is over, line by line. Pure; called by `story.ts`. */

import type { RunResource } from '../../src/http/resources.ts';
import { JOBS, POISON } from './flink.ts';

export interface Check {
  /** A whole line of the exposition, or the start of lines of which there must be none. */
  readonly wanted: string;
  readonly absent: boolean;
}

export interface CheckResult extends Check {
  readonly ok: boolean;
  /** The lines that came nearest, for a check that failed. */
  readonly found: readonly string[];
}

/** @param before what the table showed when the JobManager was still alive: how a job ended must stay as it was */
export function checksFor(cluster: string, before: readonly RunResource[]): Check[] {
  const ofJob = (name: string): { labels: string; source: string } => {
    const run = before.find(({ job_name }) => job_name === name);
    const labels = `flink_cluster="${cluster}",job_id="${run?.job_id ?? ''}",job_name="${name}"`;
    return { labels, source: run?.source ?? '' };
  };
  const [runs, finishes, fails] = [ofJob(JOBS.runs), ofJob(JOBS.finishes), ofJob(JOBS.fails)];
  const ofName = (name: string): string => `flink_cluster="${cluster}",job_name="${name}"`;
  const { exception, task } = POISON;
  return [
    line(`flink_cluster_up{flink_cluster="${cluster}"} 0`),
    line(`flink_job_status{${runs.labels},state="UNKNOWN"} 1`),
    line(`flink_job_status{${runs.labels},state="RUNNING"} 0`),
    line(`flink_job_status_reason{${runs.labels},reason="jobmanager_unreachable"} 1`),
    line(`flink_job_live_runs{${ofName(JOBS.runs)}} 1`),
    none(`flink_job_final_status{${runs.labels}`),

    line(`flink_job_status{${finishes.labels},state="FINISHED"} 1`),
    line(`flink_job_final_status{${finishes.labels},status="FINISHED",source="${finishes.source}"} 1`),
    line(`flink_job_runs_ended_total{${ofName(JOBS.finishes)},status="FINISHED"} 1`),
    none(`flink_job_status_reason{${finishes.labels}`),
    none(`flink_job_last_failure_info{${finishes.labels}`),

    line(`flink_job_status{${fails.labels},state="FAILED"} 1`),
    line(`flink_job_final_status{${fails.labels},status="FAILED",source="${fails.source}"} 1`),
    line(`flink_job_runs_ended_total{${ofName(JOBS.fails)},status="FAILED"} 1`),
    line(`flink_job_restarts_total{${fails.labels}} 3`),
    line(`flink_job_last_failure_info{${fails.labels},exception="${exception}",task="${task}",failure_label=""} 1`),
    none(`flink_job_status_reason{${fails.labels}`),
  ];
}

export function runChecks(checks: readonly Check[], exposition: string): CheckResult[] {
  const lines = exposition.split('\n');
  return checks.map((check) => {
    const { wanted, absent } = check;
    const found = lines.filter((text) => (absent ? text.startsWith(wanted) : text === wanted));
    const ok = absent === (found.length === 0);
    return { ...check, ok, found: ok || absent ? found : lines.filter((text) => text.startsWith(nearest(wanted))) };
  });
}

/** @returns whether all of them pass */
export function reportChecks(
  checks: readonly Check[],
  exposition: string,
  screen: { say(text: string): void },
): boolean {
  const results = runChecks(checks, exposition);
  for (const result of results) screen.say(resultText(result));
  const failed = results.filter(({ ok }) => !ok).length;
  screen.say(failed === 0 ? `All ${results.length} are as they must be.` : `${failed} of ${results.length} are wrong.`);
  return failed === 0;
}

export function resultText({ ok, wanted, absent, found }: CheckResult): string {
  const verdict = `${ok ? 'ok    ' : 'FAILED'}  ${absent ? `no ${wanted}…}` : wanted}`;
  if (ok) return verdict;
  return `${verdict}\n        but there is ${found.length === 0 ? 'no such line' : found.join('\n        and ')}`;
}

export function line(wanted: string): Check {
  return { wanted, absent: false };
}

export function none(wanted: string): Check {
  return { wanted, absent: true };
}

/** Family and run labels. */
function nearest(wanted: string): string {
  return /^[^{]+\{(?:[^,}]+,job_id="[^"]*")?/.exec(wanted)?.[0] ?? wanted;
}
