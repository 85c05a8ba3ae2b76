/** The page of /metrics for a small fleet, line by line, and the ways to ask for it. */

import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';
import type { Page } from './support/page.ts';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

let medic: RunningMedic;
let folder: string;

/** Two clusters: one with a job in each situation, one that cannot be reached. */
beforeEach(async () => {
  const time = new ManualTime();
  folder = temporaryFolder();
  const { cluster, jobManager } = await startCluster({ version: '2.3', clock: time.manual, archiveFolder: folder });
  const orders = cluster.submit({ name: 'orders', jobId: '1'.repeat(32) }).run();
  const report = cluster
    .submit({ name: 'report', jobId: '2'.repeat(32), jobType: 'BATCH', checkpointing: 'off' })
    .run();
  const payments = cluster.submit({ name: 'payments', jobId: '3'.repeat(32) }).run();
  const clusters = [
    { name: 'away', jobmanagers: ['http://127.0.0.1:9'], archives: [], expected_jobs: ['orders'] },
    { name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [folder], expected_jobs: ['orders'] },
  ];
  medic = await RunningMedic.start({ config: { clusters }, time });
  await medic.advance(5_000);
  orders.restart({ exception: 'com.example.Broken', labels: { type: 'USER', 'a"b': 'c' } }).restarted();
  orders.completeCheckpoint({ durationMs: 1_500, sizeBytes: 4_096 });
  report.finish();
  payments.fail();
  cluster.forget(payments);
  await medic.advance(55_000);
});

/** What differs from run to run: hints come when they come, and the size of an archive is the fake's affair. */
const VARYING = /^(flink_archive_last_scan_timestamp_seconds|flink_archive_read_bytes_total)(\{.*\}) \d+$/;

/** Without what differs from machine to machine: the folder, and what Node and the process say of themselves. */
function comparable(text: string): string[] {
  const lines = text.replaceAll(folder, '/archive').split('\n');
  const from = lines.findIndex((line) => /^# HELP (process_|nodejs_)/.test(line));
  const own = lines.slice(from).filter((line) => /flink_medic_/.test(line) || line === '# EOF');
  return [...lines.slice(0, from), ...own].map((line) =>
    line.replace(/node_version="[^"]*"/, 'node_version="…"').replace(VARYING, '$1$2 …'),
  );
}

function only(lines: readonly string[], others: readonly string[]): string[] {
  return lines.filter((line) => !others.includes(line));
}

function clustersOf(page: Page): Set<string | undefined> {
  return new Set(page.facts('flink_').flatMap((line) => /flink_cluster="([^"]*)"/.exec(line)?.[1] ?? []));
}

describe('the page', () => {
  it('is, in text 0.0.4', async () => {
    const { headers, text } = await medic.get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(comparable(text).join('\n')).toMatchInlineSnapshot(`
      "# HELP flink_cluster_up Whether a JobManager of the cluster answered the last observation (/jobs/overview).
      # TYPE flink_cluster_up gauge
      flink_cluster_up{flink_cluster="away"} 0
      flink_cluster_up{flink_cluster="prod"} 1
      # HELP flink_cluster_info Version and commit of Flink (/overview) and mode: session, application or empty; always 1. Stays while unreachable.
      # TYPE flink_cluster_info gauge
      flink_cluster_info{flink_cluster="prod",version="2.3.0",commit="1234567",mode="session"} 1
      # HELP flink_cluster_last_observation_timestamp_seconds When the cluster was last observed with success: the age of all live facts.
      # TYPE flink_cluster_last_observation_timestamp_seconds gauge
      flink_cluster_last_observation_timestamp_seconds{flink_cluster="prod"} 1767225660
      # HELP flink_cluster_observation_duration_seconds How long the last observation of the cluster took.
      # TYPE flink_cluster_observation_duration_seconds gauge
      flink_cluster_observation_duration_seconds{flink_cluster="away"} 0
      flink_cluster_observation_duration_seconds{flink_cluster="prod"} 0
      # HELP flink_cluster_observation_failures_total REST requests to JobManagers of the cluster that gave no usable answer.
      # TYPE flink_cluster_observation_failures_total counter
      flink_cluster_observation_failures_total{flink_cluster="away",reason="timeout"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="connection"} 7
      flink_cluster_observation_failures_total{flink_cluster="away",reason="tls"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="unauthorized"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="http_4xx"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="http_5xx"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="not_json"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="schema"} 0
      flink_cluster_observation_failures_total{flink_cluster="away",reason="too_large"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="timeout"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="connection"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="tls"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="unauthorized"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="http_4xx"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="http_5xx"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="not_json"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="schema"} 0
      flink_cluster_observation_failures_total{flink_cluster="prod",reason="too_large"} 0
      # HELP flink_cluster_requests_total REST requests sent to JobManagers of the cluster.
      # TYPE flink_cluster_requests_total counter
      flink_cluster_requests_total{flink_cluster="away"} 7
      flink_cluster_requests_total{flink_cluster="prod"} 42
      # HELP flink_cluster_clock_offset_seconds JobManager's clock less ours (start-time + duration of a listed job).
      # TYPE flink_cluster_clock_offset_seconds gauge
      flink_cluster_clock_offset_seconds{flink_cluster="prod"} 0
      # HELP flink_cluster_taskmanagers Registered TaskManagers (/overview, once a minute).
      # TYPE flink_cluster_taskmanagers gauge
      flink_cluster_taskmanagers{flink_cluster="prod"} 1
      # HELP flink_cluster_slots Task slots (/overview, once a minute).
      # TYPE flink_cluster_slots gauge
      flink_cluster_slots{flink_cluster="prod"} 4
      # HELP flink_cluster_slots_available Task slots that are free (/overview, once a minute).
      # TYPE flink_cluster_slots_available gauge
      flink_cluster_slots_available{flink_cluster="prod"} 3
      # HELP flink_cluster_jobs_omitted Runs that are not exported because of observe.max_jobs.
      # TYPE flink_cluster_jobs_omitted gauge
      flink_cluster_jobs_omitted{flink_cluster="away"} 0
      flink_cluster_jobs_omitted{flink_cluster="prod"} 0
      # HELP flink_job_info What a run is (/jobs/:jobid, archive); always 1. job_type is STREAMING, BATCH or empty.
      # TYPE flink_job_info gauge
      flink_job_info{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",job_type="STREAMING",scheduler="Default",application_id="11111111111111111111111111111111"} 1
      flink_job_info{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report",job_type="BATCH",scheduler="Default",application_id="22222222222222222222222222222222"} 1
      flink_job_info{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments",job_type="STREAMING",scheduler="Default",application_id="33333333333333333333333333333333"} 1
      # HELP flink_job_status State of a run: 1 for the present one and 0 for each other while it lives, only the final status once it has ended.
      # TYPE flink_job_status gauge
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="INITIALIZING"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="CREATED"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="RUNNING"} 1
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="FAILING"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="FAILED"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="CANCELLING"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="CANCELED"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="FINISHED"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="RESTARTING"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="SUSPENDED"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="RECONCILING"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="UNKNOWN"} 0
      flink_job_status{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="VANISHED"} 0
      flink_job_status{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report",state="FINISHED"} 1
      flink_job_status{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments",state="FAILED"} 1
      # HELP flink_job_final_status How a run ended and who said so; always 1. Never changes, except from VANISHED.
      # TYPE flink_job_final_status gauge
      flink_job_final_status{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report",status="FINISHED",source="live"} 1
      flink_job_final_status{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments",status="FAILED",source="archive"} 1
      # HELP flink_job_superseded Whether a run of the same name that started at or after the end of this one has reached RUNNING or has itself ended.
      # TYPE flink_job_superseded gauge
      flink_job_superseded{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report"} 0
      flink_job_superseded{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 0
      # HELP flink_job_start_timestamp_seconds When a run first started, in its JobManager's clock (start-time); a failover does not change it.
      # TYPE flink_job_start_timestamp_seconds gauge
      flink_job_start_timestamp_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1767225600
      flink_job_start_timestamp_seconds{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report"} 1767225600
      flink_job_start_timestamp_seconds{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 1767225600
      # HELP flink_job_end_timestamp_seconds When a run ended, in its JobManager's clock (end-time); for VANISHED when it was last seen alive.
      # TYPE flink_job_end_timestamp_seconds gauge
      flink_job_end_timestamp_seconds{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report"} 1767225605
      flink_job_end_timestamp_seconds{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 1767225605
      # HELP flink_job_state_entered_timestamp_seconds When a run entered its present state, in its JobManager's clock.
      # TYPE flink_job_state_entered_timestamp_seconds gauge
      flink_job_state_entered_timestamp_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1767225605
      # HELP flink_job_restarts_total Restarts by Flink (numRestarts less numRescales), carried over JobManager failovers; for an ended run at least what its archive proves.
      # TYPE flink_job_restarts_total counter
      flink_job_restarts_total{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1
      flink_job_restarts_total{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report"} 0
      flink_job_restarts_total{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 0
      # HELP flink_job_failovers_total How often another JobManager process took the run over.
      # TYPE flink_job_failovers_total counter
      flink_job_failovers_total{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 0
      flink_job_failovers_total{flink_cluster="prod",job_id="22222222222222222222222222222222",job_name="report"} 0
      flink_job_failovers_total{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 0
      # HELP flink_job_tasks Tasks of a run per execution state (/jobs/overview).
      # TYPE flink_job_tasks gauge
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="CREATED"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="SCHEDULED"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="DEPLOYING"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="RUNNING"} 1
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="FINISHED"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="CANCELING"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="CANCELED"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="FAILED"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="RECONCILING"} 0
      flink_job_tasks{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",state="INITIALIZING"} 0
      # HELP flink_job_last_failure_info The last failure of a run (/jobs/:jobid/exceptions, archive): class of its root cause, vertex, failure labels; always 1.
      # TYPE flink_job_last_failure_info gauge
      flink_job_last_failure_info{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",exception="com.example.Broken",task="Source: orders",failure_label="a\\"b=c,type=USER"} 1
      flink_job_last_failure_info{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments",exception="java.lang.RuntimeException",task="Source: payments",failure_label=""} 1
      # HELP flink_job_last_failure_timestamp_seconds When a run last failed, in its JobManager's clock.
      # TYPE flink_job_last_failure_timestamp_seconds gauge
      flink_job_last_failure_timestamp_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1767225605
      flink_job_last_failure_timestamp_seconds{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 1767225605
      # HELP flink_job_checkpoints_completed_total Completed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.
      # TYPE flink_job_checkpoints_completed_total counter
      flink_job_checkpoints_completed_total{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1
      flink_job_checkpoints_completed_total{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 0
      # HELP flink_job_checkpoints_failed_total Failed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.
      # TYPE flink_job_checkpoints_failed_total counter
      flink_job_checkpoints_failed_total{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 0
      flink_job_checkpoints_failed_total{flink_cluster="prod",job_id="33333333333333333333333333333333",job_name="payments"} 0
      # HELP flink_job_checkpoint_interval_seconds Interval of the periodic checkpoints (/jobs/:jobid/checkpoints/config).
      # TYPE flink_job_checkpoint_interval_seconds gauge
      flink_job_checkpoint_interval_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 10
      # HELP flink_job_checkpoint_timeout_seconds Time after which a checkpoint fails (/jobs/:jobid/checkpoints/config).
      # TYPE flink_job_checkpoint_timeout_seconds gauge
      flink_job_checkpoint_timeout_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 600
      # HELP flink_job_checkpoint_last_timestamp_seconds When the last completed checkpoint was completed, in the JobManager's clock.
      # TYPE flink_job_checkpoint_last_timestamp_seconds gauge
      flink_job_checkpoint_last_timestamp_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1767225605
      # HELP flink_job_checkpoint_last_duration_seconds Duration of the last completed checkpoint, end to end.
      # TYPE flink_job_checkpoint_last_duration_seconds gauge
      flink_job_checkpoint_last_duration_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1.5
      # HELP flink_job_checkpoint_last_size_bytes Size of the last completed checkpoint (state_size).
      # TYPE flink_job_checkpoint_last_size_bytes gauge
      flink_job_checkpoint_last_size_bytes{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 4096
      # HELP flink_job_restore_point_timestamp_seconds When the newest snapshot that a restart could use was completed, or else restored, in the JobManager's clock.
      # TYPE flink_job_restore_point_timestamp_seconds gauge
      flink_job_restore_point_timestamp_seconds{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders"} 1767225605
      # HELP flink_job_restore_point_info Kind of the newest snapshot that a restart could use, checkpoint or savepoint; always 1. One that Flink deletes as the job fails is none.
      # TYPE flink_job_restore_point_info gauge
      flink_job_restore_point_info{flink_cluster="prod",job_id="11111111111111111111111111111111",job_name="orders",kind="checkpoint"} 1
      # HELP flink_job_live_runs Live runs of the name: 2 where one is expected is an emergency.
      # TYPE flink_job_live_runs gauge
      flink_job_live_runs{flink_cluster="prod",job_name="orders"} 1
      flink_job_live_runs{flink_cluster="prod",job_name="report"} 0
      flink_job_live_runs{flink_cluster="prod",job_name="payments"} 0
      # HELP flink_job_expected Whether the job should run (expected_jobs in the configuration); always 1.
      # TYPE flink_job_expected gauge
      flink_job_expected{flink_cluster="away",job_name="orders"} 1
      flink_job_expected{flink_cluster="prod",job_name="orders"} 1
      # HELP flink_job_runs_ended_total Runs of the name that ended; each run is counted once for ever, when one of the three is known.
      # TYPE flink_job_runs_ended_total counter
      flink_job_runs_ended_total{flink_cluster="away",job_name="orders",status="FINISHED"} 0
      flink_job_runs_ended_total{flink_cluster="away",job_name="orders",status="FAILED"} 0
      flink_job_runs_ended_total{flink_cluster="away",job_name="orders",status="CANCELED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FINISHED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FAILED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="CANCELED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="report",status="FINISHED"} 1
      flink_job_runs_ended_total{flink_cluster="prod",job_name="report",status="FAILED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="report",status="CANCELED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="payments",status="FINISHED"} 0
      flink_job_runs_ended_total{flink_cluster="prod",job_name="payments",status="FAILED"} 1
      flink_job_runs_ended_total{flink_cluster="prod",job_name="payments",status="CANCELED"} 0
      # HELP flink_job_runs_vanished_total Runs of the name that vanished: gone, and nothing said how they ended.
      # TYPE flink_job_runs_vanished_total counter
      flink_job_runs_vanished_total{flink_cluster="away",job_name="orders"} 0
      flink_job_runs_vanished_total{flink_cluster="prod",job_name="orders"} 0
      flink_job_runs_vanished_total{flink_cluster="prod",job_name="report"} 0
      flink_job_runs_vanished_total{flink_cluster="prod",job_name="payments"} 0
      # HELP flink_archive_up Whether the last scan could list the whole folder.
      # TYPE flink_archive_up gauge
      flink_archive_up{archive="/archive",flink_cluster="prod"} 1
      # HELP flink_archive_files Archive files: indexed, incomplete (not all there yet), unreadable, or unattributed (no run of a configured cluster).
      # TYPE flink_archive_files gauge
      flink_archive_files{archive="/archive",flink_cluster="prod",condition="indexed"} 2
      flink_archive_files{archive="/archive",flink_cluster="prod",condition="incomplete"} 0
      flink_archive_files{archive="/archive",flink_cluster="prod",condition="unreadable"} 0
      flink_archive_files{archive="/archive",flink_cluster="prod",condition="unattributed"} 0
      # HELP flink_archive_last_scan_timestamp_seconds When the last scan ended.
      # TYPE flink_archive_last_scan_timestamp_seconds gauge
      flink_archive_last_scan_timestamp_seconds{archive="/archive",flink_cluster="prod"} …
      # HELP flink_archive_scan_duration_seconds How long the last scan took.
      # TYPE flink_archive_scan_duration_seconds gauge
      flink_archive_scan_duration_seconds{archive="/archive",flink_cluster="prod"} 0
      # HELP flink_archive_read_bytes_total Bytes read from archive files.
      # TYPE flink_archive_read_bytes_total counter
      flink_archive_read_bytes_total{archive="/archive",flink_cluster="prod"} …
      # HELP flink_medic_build_info Version of flink-medic, its revision and that of Node.js; always 1.
      # TYPE flink_medic_build_info gauge
      flink_medic_build_info{version="0.1.0",revision="",node_version="…"} 1
      # HELP flink_medic_config_last_reload_successful Whether the last attempt to load the configuration succeeded.
      # TYPE flink_medic_config_last_reload_successful gauge
      flink_medic_config_last_reload_successful 1
      # HELP flink_medic_config_last_reload_success_timestamp_seconds When the configuration was last loaded with success.
      # TYPE flink_medic_config_last_reload_success_timestamp_seconds gauge
      flink_medic_config_last_reload_success_timestamp_seconds 1767225600
      # HELP flink_medic_state_recoveries_total Runs that were seen alive and lost from sight, and whose final status was then found in this source; kept in the ledger.
      # TYPE flink_medic_state_recoveries_total counter
      flink_medic_state_recoveries_total{flink_cluster="away",source="archive"} 0
      flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 1
      # HELP flink_medic_ledger_writable Whether the ledger could be written when it was last tried.
      # TYPE flink_medic_ledger_writable gauge
      flink_medic_ledger_writable 1
      # HELP flink_medic_ledger_errors_total Operations of the ledger that failed.
      # TYPE flink_medic_ledger_errors_total counter
      flink_medic_ledger_errors_total{operation="read"} 0
      flink_medic_ledger_errors_total{operation="write"} 0
      flink_medic_ledger_errors_total{operation="prune"} 0
      # HELP flink_medic_restart_mode What restart.mode is: 1 for the present one and 0 for the others.
      # TYPE flink_medic_restart_mode gauge
      flink_medic_restart_mode{mode="off"} 0
      flink_medic_restart_mode{mode="dry_run"} 1
      flink_medic_restart_mode{mode="on"} 0
      # HELP flink_medic_breaker_open Whether so many jobs of the cluster ended together that restarts wait.
      # TYPE flink_medic_breaker_open gauge
      flink_medic_breaker_open{flink_cluster="away"} 0
      flink_medic_breaker_open{flink_cluster="prod"} 0
      # HELP flink_medic_bound_usage_ratio Used share of what is bounded: at 1 something waits or is left out.
      # TYPE flink_medic_bound_usage_ratio gauge
      flink_medic_bound_usage_ratio{bound="concurrent_restarts"} 0
      flink_medic_bound_usage_ratio{bound="attempts_per_hour"} 0
      flink_medic_bound_usage_ratio{bound="waiting_alerts"} 0
      flink_medic_bound_usage_ratio{bound="waiting_notifications"} 0
      flink_medic_bound_usage_ratio{bound="exported_runs"} 0.00015
      # HELP flink_medic_restart_decisions_total Decisions about restarts; reason is empty when accepted. A deferral that repeats itself counts once.
      # TYPE flink_medic_restart_decisions_total counter
      flink_medic_restart_decisions_total{decision="accepted",reason=""} 0
      flink_medic_restart_decisions_total{decision="refused",reason="no_policy"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="not_opted_in"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="mode_off"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="paused"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="maintenance_window"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="too_late"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="before_armed"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="exhausted"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="vanished_under_ha"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="in_progress"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="vanished_wait"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="end_wait"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="superseded"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="finished"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="canceled"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="not_failed"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="stopped_on_purpose"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="ambiguous_name"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="cannot_verify"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="already_running"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="duplicate_running"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="failure_class"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="budget_exhausted"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="global_budget"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="concurrency"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="back_off"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="breaker_open"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="no_restore_point"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="restore_point_too_old"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="restore_point_missing"} 0
      flink_medic_restart_decisions_total{decision="refused",reason="restore_point_uncertain"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="jar_unreadable"} 0
      flink_medic_restart_decisions_total{decision="deferred",reason="dry_run"} 0
      # HELP flink_medic_restart_duration_seconds Time from the end of a run until the run that replaced it was RUNNING; counted once that is confirmed.
      # TYPE flink_medic_restart_duration_seconds histogram
      flink_medic_restart_duration_seconds_bucket{le="5.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="10.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="20.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="30.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="60.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="120.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="300.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="600.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="1200.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="1800.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="3600.0",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="+Inf",flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_sum{flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_count{flink_cluster="away"} 0
      flink_medic_restart_duration_seconds_bucket{le="5.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="10.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="20.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="30.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="60.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="120.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="300.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="600.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="1200.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="1800.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="3600.0",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_bucket{le="+Inf",flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_sum{flink_cluster="prod"} 0
      flink_medic_restart_duration_seconds_count{flink_cluster="prod"} 0
      # HELP flink_medic_alerts_received_total Alerts that Alertmanager delivered, by their own status.
      # TYPE flink_medic_alerts_received_total counter
      flink_medic_alerts_received_total{status="firing"} 0
      flink_medic_alerts_received_total{status="resolved"} 0
      # HELP flink_medic_alerts_truncated_total Alerts that Alertmanager cut off (max_alerts of its receiver).
      # TYPE flink_medic_alerts_truncated_total counter
      flink_medic_alerts_truncated_total 0
      # HELP flink_medic_alerts_ignored_total Alerts that opened or joined no incident.
      # TYPE flink_medic_alerts_ignored_total counter
      flink_medic_alerts_ignored_total{reason="labels_missing"} 0
      flink_medic_alerts_ignored_total{reason="unknown_cluster"} 0
      flink_medic_alerts_ignored_total{reason="unknown_job"} 0
      flink_medic_alerts_ignored_total{reason="run_not_ended"} 0
      flink_medic_alerts_ignored_total{reason="not_opted_in"} 0
      # HELP flink_medic_webhook_rejected_total Requests to the webhook that were not accepted.
      # TYPE flink_medic_webhook_rejected_total counter
      flink_medic_webhook_rejected_total{reason="unauthenticated"} 0
      flink_medic_webhook_rejected_total{reason="forbidden"} 0
      flink_medic_webhook_rejected_total{reason="malformed"} 0
      flink_medic_webhook_rejected_total{reason="too_large"} 0
      flink_medic_webhook_rejected_total{reason="not_found"} 0
      flink_medic_webhook_rejected_total{reason="rate_limited"} 0
      flink_medic_webhook_rejected_total{reason="unavailable"} 0
      # HELP flink_medic_notifications_total Outgoing notifications: sent, failed (refused by the receiver), or dropped (a day old, too many waiting, or their receiver left the configuration).
      # TYPE flink_medic_notifications_total counter
      flink_medic_notifications_total{result="sent"} 0
      flink_medic_notifications_total{result="failed"} 0
      flink_medic_notifications_total{result="dropped"} 0"
    `);
  });

  it('is the same in OpenMetrics but for the headers of counters and the end', async () => {
    const { headers, text } = await medic.get('/metrics', { accept: OPENMETRICS });
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const plain = comparable((await medic.get('/metrics')).text);
    const open = comparable(text);
    expect(only(plain, open).filter((line) => !/^# (HELP|TYPE) \w+_total /.test(line))).toEqual([]);
    expect(only(open, plain).join('\n')).toMatchInlineSnapshot(`
      "# HELP flink_cluster_observation_failures REST requests to JobManagers of the cluster that gave no usable answer.
      # TYPE flink_cluster_observation_failures counter
      # HELP flink_cluster_requests REST requests sent to JobManagers of the cluster.
      # TYPE flink_cluster_requests counter
      # HELP flink_job_restarts Restarts by Flink (numRestarts less numRescales), carried over JobManager failovers; for an ended run at least what its archive proves.
      # TYPE flink_job_restarts counter
      # HELP flink_job_failovers How often another JobManager process took the run over.
      # TYPE flink_job_failovers counter
      # HELP flink_job_checkpoints_completed Completed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.
      # TYPE flink_job_checkpoints_completed counter
      # HELP flink_job_checkpoints_failed Failed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.
      # TYPE flink_job_checkpoints_failed counter
      # HELP flink_job_runs_ended Runs of the name that ended; each run is counted once for ever, when one of the three is known.
      # TYPE flink_job_runs_ended counter
      # HELP flink_job_runs_vanished Runs of the name that vanished: gone, and nothing said how they ended.
      # TYPE flink_job_runs_vanished counter
      # HELP flink_archive_read_bytes Bytes read from archive files.
      # TYPE flink_archive_read_bytes counter
      # HELP flink_medic_state_recoveries Runs that were seen alive and lost from sight, and whose final status was then found in this source; kept in the ledger.
      # TYPE flink_medic_state_recoveries counter
      # HELP flink_medic_ledger_errors Operations of the ledger that failed.
      # TYPE flink_medic_ledger_errors counter
      # HELP flink_medic_restart_decisions Decisions about restarts; reason is empty when accepted. A deferral that repeats itself counts once.
      # TYPE flink_medic_restart_decisions counter
      # HELP flink_medic_alerts_received Alerts that Alertmanager delivered, by their own status.
      # TYPE flink_medic_alerts_received counter
      # HELP flink_medic_alerts_truncated Alerts that Alertmanager cut off (max_alerts of its receiver).
      # TYPE flink_medic_alerts_truncated counter
      # HELP flink_medic_alerts_ignored Alerts that opened or joined no incident.
      # TYPE flink_medic_alerts_ignored counter
      # HELP flink_medic_webhook_rejected Requests to the webhook that were not accepted.
      # TYPE flink_medic_webhook_rejected counter
      # HELP flink_medic_notifications Outgoing notifications: sent, failed (refused by the receiver), or dropped (a day old, too many waiting, or their receiver left the configuration).
      # TYPE flink_medic_notifications counter
      # EOF"
    `);
  });
});

describe('the ways to ask', () => {
  it('takes some clusters only, and own metrics always', async () => {
    const all = await medic.page();
    const ofProcess = /^flink_medic_(state_recoveries_total|breaker_open|restart_duration_seconds)/;
    const facts = (page: Page): string[] => page.facts('flink_').filter((line) => !ofProcess.test(line));
    const prod = await medic.page('/metrics?flink_cluster=prod');
    const away = await medic.page('/metrics?flink_cluster=away');
    expect(facts(prod)).toEqual(facts(all).filter((line) => !line.includes('flink_cluster="away"')));
    expect(facts(away)).toEqual(facts(all).filter((line) => !line.includes('flink_cluster="prod"')));
    const both = await medic.page('/metrics?flink_cluster=prod&flink_cluster=away');
    expect(facts(both)).toEqual(facts(all));
    expect(clustersOf(both)).toEqual(new Set(['away', 'prod']));
    const unknown = await medic.get('/metrics?flink_cluster=prod&flink_cluster=nope');
    expect([unknown.status, JSON.parse(unknown.text)]).toMatchObject([
      404,
      { detail: 'No cluster "nope" is configured.' },
    ]);
  });

  it('compresses for who accepts gzip, in both formats', async () => {
    for (const accept of ['*/*', OPENMETRICS]) {
      const plain = await medic.get('/metrics', { accept });
      const { headers, body } = await request(`${medic.url}/metrics`, {
        headers: { accept, 'accept-encoding': 'gzip' },
      });
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers['vary']).toBe('Accept, Accept-Encoding');
      const text = gunzipSync(Buffer.from(await body.arrayBuffer())).toString();
      expect(comparable(text)).toEqual(comparable(plain.text));
      expect(plain.headers['content-encoding']).toBeUndefined();
    }
    const refused = await medic.get('/metrics', { 'accept-encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  it('answers HEAD with the headers of GET', async () => {
    const get = await medic.get('/metrics');
    const head = await medic.ask('HEAD', '/metrics');
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', get.headers['content-type']]);
    expect((await medic.ask('HEAD', '/metrics?flink_cluster=nope')).status).toBe(404);
  });

  it('is one cluster, observed now, on /probe', async () => {
    const page = await medic.page('/probe?target=prod');
    expect(clustersOf(page)).toEqual(new Set(['prod']));
    expect(page.facts('probe_')).toEqual(['probe_success 1', 'probe_duration_seconds 0']);
    expect(page.facts('flink_medic_', 'process_', 'nodejs_')).toEqual([]);
    expect((await medic.page('/probe?target=away')).facts('probe_')).toEqual([
      'probe_success 0',
      'probe_duration_seconds 0',
    ]);
    const { headers } = await medic.get('/probe?target=prod', { accept: OPENMETRICS });
    expect(headers['content-type']).toMatch(/^application\/openmetrics-text/);
  });
});
