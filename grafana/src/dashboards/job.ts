/** Job: is it up, why did it fail, did it come back, and with which state. One job, or a few. */

import { dashboard } from '../dashboard.ts';
import { FLINK_MEDIC_URL, FLINK_URL, HISTORY_SERVER_URL, TO_FLINK, TO_HISTORY_SERVER, TO_MEDIC } from '../links.ts';
import { BAD, GOOD, GOOD_BAD, INCIDENT, NONE_IS_USUAL, ODD, RESULTS, YES_NO } from '../looks.ts';
import { graph, stat, timeline } from '../panels.ts';
import { BY_NAME, BY_RUN, date, grown, grownInRange, highest, JOB, one, since } from '../promql.ts';
import { STATE_LOOKS, STATE_OF } from '../states.ts';
import { table } from '../table.ts';

const NAME = '{{flink_cluster}} / {{job_name}}';
const RUN = `${NAME} / {{job_id}}`;

const SUPERSEDED = `${highest(BY_RUN, `flink_job_superseded{${JOB}}`)} == 1`;
const LIVE = highest(BY_RUN, `flink_job_state_entered_timestamp_seconds{${JOB}}`);
const CHECKPOINT_AGE = since(highest(BY_RUN, `flink_job_checkpoint_last_timestamp_seconds{${JOB}}`));
const RESTORE_POINT_AGE = since(highest(BY_RUN, `flink_job_restore_point_timestamp_seconds{${JOB}}`));

/** What was exported of a run at any time that the dashboard shows: ended runs leave after an hour. */
function everSeen(labels: string, series: string): string {
  return highest(labels, `last_over_time(${series}[$__range])`);
}

/** VANISHED is given up when a run is found after all: alive, or ended in another way. */
const FINAL_STATUS = `(
  ${everSeen(`${BY_RUN}, status, source`, `flink_job_final_status{${JOB}, status!="VANISHED"}`)}
  or on (${BY_RUN})
  ${everSeen(`${BY_RUN}, status, source`, `flink_job_final_status{${JOB}, status="VANISHED"}`)}
) unless on (${BY_RUN}) ${LIVE}`;

const state = {
  title: 'State',
  panels: [
    timeline({
      title: 'State of each run',
      description:
        'A lane for each run. UNKNOWN: it could not be seen then. A lane that ends was superseded: a newer run of the name is up.',
      width: 24,
      height: 7,
      looks: STATE_LOOKS,
      queries: [{ expr: STATE_OF, legend: RUN }],
    }),
    stat({
      title: 'State now',
      description: 'Of every run that no newer one has replaced.',
      width: 6,
      looks: STATE_LOOKS,
      queries: [{ expr: `${STATE_OF} unless ${SUPERSEDED}`, legend: NAME }],
    }),
    stat({
      title: 'In this state for',
      description: 'How long live runs have been in their present state.',
      width: 4,
      unit: 's',
      queries: [{ expr: since(LIVE), legend: NAME }],
    }),
    stat({
      title: 'Live runs',
      description: 'Live runs of the name: 2 where one is expected is an emergency.',
      width: 3,
      unit: 'none',
      steps: [['text'], [GOOD, 1], [ODD, 2]],
      queries: [{ expr: highest(BY_NAME, `flink_job_live_runs{${JOB}}`), legend: NAME }],
    }),
    stat({
      title: 'Restarts by Flink',
      description: 'How often Flink itself restarted the job in the time shown.',
      width: 3,
      unit: 'none',
      decimals: 0,
      steps: NONE_IS_USUAL,
      queries: [
        { expr: `sum by (${BY_NAME}) (${grownInRange(BY_RUN, `flink_job_restarts_total{${JOB}}`)})`, legend: NAME },
      ],
    }),
    stat({
      title: 'Failovers',
      description: 'How often another JobManager took the job over in the time shown.',
      width: 3,
      unit: 'none',
      decimals: 0,
      steps: NONE_IS_USUAL,
      queries: [
        { expr: `sum by (${BY_NAME}) (${grownInRange(BY_RUN, `flink_job_failovers_total{${JOB}}`)})`, legend: NAME },
      ],
    }),
    stat({
      title: 'Age of the restore point',
      description: 'Of the newest snapshot that a restart could use: so much would be processed again.',
      width: 5,
      unit: 's',
      queries: [{ expr: `${RESTORE_POINT_AGE} unless ${SUPERSEDED}`, legend: NAME }],
    }),
  ],
};

const failures = {
  title: 'Failures and repairs',
  panels: [
    table({
      title: 'Last failure',
      description:
        'The last failure of each run: class of its root cause, task, failure labels. Messages are on the page.',
      width: 24,
      height: 6,
      queries: [
        one(BY_RUN, highest(`${BY_RUN}, exception, task, failure_label`, `flink_job_last_failure_info{${JOB}}`)),
        date(highest(BY_RUN, `flink_job_last_failure_timestamp_seconds{${JOB}}`)),
      ],
      columns: [
        { from: 1, title: 'Time', unit: 'dateTimeAsIso', width: 180 },
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_MEDIC] },
        { from: 'exception', title: 'Root cause' },
        { from: 'task', title: 'Task' },
        { from: 'failure_label', title: 'Failure labels' },
        { from: 'job_id', title: 'Run', links: [TO_FLINK, TO_HISTORY_SERVER] },
      ],
      sort: { column: 'Time', descending: true },
    }),
    table({
      title: 'Repairs',
      description:
        'Where the incident of the job stands, until the job runs; whether flink-medic would restart the job now; how many attempts its budget still allows.',
      width: 12,
      queries: [
        highest(BY_NAME, `flink_medic_job_managed{${JOB}}`),
        highest(BY_NAME, `flink_medic_restart_budget_remaining{${JOB}}`),
        one(BY_NAME, highest(`${BY_NAME}, state, reason`, `flink_medic_incident{${JOB}}`)),
        date(highest(BY_NAME, `flink_medic_incident_opened_timestamp_seconds{${JOB}}`)),
      ],
      columns: [
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_MEDIC] },
        { from: 0, title: 'Would be restarted', looks: GOOD_BAD },
        { from: 1, title: 'Attempts left', unit: 'none', steps: [[BAD], ['text', 1]] },
        { from: 'state', title: 'Incident', looks: INCIDENT },
        { from: 'reason', title: 'Reason' },
        { from: 3, title: 'Opened', unit: 'dateTimeAsIso', width: 180 },
      ],
    }),
    graph({
      title: 'Restarts by Flink, and failovers',
      description: 'How often Flink restarted the job, and how often another JobManager took it over.',
      width: 6,
      unit: 'none',
      bars: true,
      queries: [
        {
          expr: `sum by (${BY_NAME}) (${grown(BY_RUN, `flink_job_restarts_total{${JOB}}`)})`,
          legend: `${NAME} restarts`,
        },
        {
          expr: `sum by (${BY_NAME}) (${grown(BY_RUN, `flink_job_failovers_total{${JOB}}`)})`,
          legend: `${NAME} failovers`,
        },
      ],
    }),
    graph({
      title: 'Attempts to restart',
      description: 'What became of the attempts of flink-medic to restart the job.',
      width: 6,
      unit: 'none',
      bars: true,
      colors: RESULTS,
      queries: [
        {
          expr: `sum by (result) (${grown(`${BY_NAME}, result`, `flink_medic_restart_attempts_total{${JOB}}`)})`,
          legend: '{{result}}',
        },
      ],
    }),
  ],
};

const checkpoints = {
  title: 'Checkpoints and tasks',
  panels: [
    graph({
      title: 'Checkpoints',
      description: 'Checkpoints that completed and that failed.',
      width: 8,
      unit: 'none',
      bars: true,
      queries: [
        {
          expr: `sum by (${BY_NAME}) (${grown(BY_RUN, `flink_job_checkpoints_completed_total{${JOB}}`)})`,
          legend: `${NAME} completed`,
        },
        {
          expr: `sum by (${BY_NAME}) (${grown(BY_RUN, `flink_job_checkpoints_failed_total{${JOB}}`)})`,
          legend: `${NAME} failed`,
        },
      ],
    }),
    graph({
      title: 'Age of the last checkpoint',
      description: 'Since the last checkpoint was completed, beside the interval at which they should begin.',
      width: 8,
      unit: 's',
      queries: [
        { expr: CHECKPOINT_AGE, legend: `${NAME} age` },
        { expr: highest(BY_RUN, `flink_job_checkpoint_interval_seconds{${JOB}}`), legend: `${NAME} interval` },
      ],
    }),
    graph({
      title: 'Duration of checkpoints',
      description: 'Of the last completed one, end to end, beside the time after which a checkpoint fails.',
      width: 8,
      unit: 's',
      queries: [
        { expr: highest(BY_RUN, `flink_job_checkpoint_last_duration_seconds{${JOB}}`), legend: `${NAME} duration` },
        { expr: highest(BY_RUN, `flink_job_checkpoint_timeout_seconds{${JOB}}`), legend: `${NAME} timeout` },
      ],
    }),
    graph({
      title: 'Size of checkpoints',
      description: 'Size of the state of the last completed checkpoint.',
      width: 8,
      unit: 'bytes',
      queries: [{ expr: highest(BY_RUN, `flink_job_checkpoint_last_size_bytes{${JOB}}`), legend: NAME }],
    }),
    graph({
      title: 'Age of the restore point',
      description: 'Of the newest snapshot that a restart could use, a savepoint or a checkpoint that Flink keeps.',
      width: 8,
      unit: 's',
      queries: [{ expr: RESTORE_POINT_AGE, legend: NAME }],
    }),
    graph({
      title: 'Tasks by state',
      description: 'Tasks of live runs that can be seen.',
      width: 8,
      unit: 'none',
      stacked: true,
      queries: [
        {
          expr: `sum by (state) (${highest(`${BY_RUN}, state`, `flink_job_tasks{${JOB}}`)}) > 0`,
          legend: '{{state}}',
        },
      ],
    }),
  ],
};

const history = {
  title: 'History',
  panels: [
    table({
      title: 'Runs',
      description:
        'Every run that was exported at any time shown: how it ended, and who said so (source). A run was superseded when a newer one of its name was up or over.',
      width: 24,
      height: 10,
      queries: [
        everSeen(BY_RUN, `flink_job_info{${JOB}}`),
        FINAL_STATUS,
        date(`(${everSeen(BY_RUN, `flink_job_end_timestamp_seconds{${JOB}}`)} unless ${LIVE})`),
        date(everSeen(BY_RUN, `flink_job_start_timestamp_seconds{${JOB}}`)),
        everSeen(BY_RUN, `flink_job_superseded{${JOB}}`),
        one(BY_RUN, everSeen(`${BY_RUN}, kind`, `flink_job_restore_point_info{${JOB}}`)),
      ],
      columns: [
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_MEDIC] },
        { from: 'job_id', title: 'Run', links: [TO_FLINK, TO_HISTORY_SERVER] },
        { from: 3, title: 'Start', unit: 'dateTimeAsIso', width: 180 },
        { from: 2, title: 'End', unit: 'dateTimeAsIso', width: 180 },
        {
          from: 'status',
          title: 'Final status',
          looks: Object.fromEntries(Object.values(STATE_LOOKS).map((look) => [look.text, look])),
        },
        { from: 'source', title: 'Source' },
        { from: 4, title: 'Superseded', looks: YES_NO },
        { from: 'kind', title: 'Restore point' },
      ],
      sort: { column: 'Start', descending: true },
    }),
  ],
};

export const job = dashboard({
  uid: 'flink-medic-job',
  title: 'Flink / Job',
  description: 'Whether a job is up, why it failed, whether it came back, and with which state.',
  addresses: [FLINK_URL, HISTORY_SERVER_URL, FLINK_MEDIC_URL],
  showsEvents: true,
  rows: [state, failures, checkpoints, history],
});
