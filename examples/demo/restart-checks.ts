/** What /metrics must say when the failed job is back, line by line. Pure; called by the story of the restart. */

import type { RunResource } from '../../src/http/resources.ts';
import { type Check, line, none } from './checks.ts';

/** @param failed the run that ended and the one that took its place */
export function restartChecksFor(cluster: string, failed: RunResource, back: RunResource): Check[] {
  const name = `flink_cluster="${cluster}",job_name="${failed.job_name}"`;
  const ofRun = ({ job_id: id, job_name: job }: RunResource): string =>
    `flink_cluster="${cluster}",job_id="${id}",job_name="${job}"`;
  const attempts = (result: string, count: number): Check =>
    line(`flink_medic_restart_attempts_total{${name},result="${result}"} ${count}`);
  return [
    line(`flink_job_final_status{${ofRun(failed)},status="FAILED",source="${failed.source ?? ''}"} 1`),
    line(`flink_job_superseded{${ofRun(failed)}} 1`),
    line(`flink_job_status{${ofRun(back)},state="RUNNING"} 1`),
    none(`flink_job_final_status{${ofRun(back)}`),
    line(`flink_job_live_runs{${name}} 1`),
    line(`flink_job_runs_ended_total{${name},status="FAILED"} 1`),

    line('flink_medic_restart_mode{mode="on"} 1'),
    line(`flink_medic_job_managed{${name}} 1`),
    line('flink_medic_restart_decisions_total{decision="accepted",reason=""} 1'),
    attempts('succeeded', 1),
    attempts('failed', 0),
    attempts('unconfirmed', 0),
    attempts('withdrawn', 0),
    line(`flink_medic_restart_budget_remaining{${name}} 2`),
    none(`flink_medic_incident{${name}`),
  ];
}
