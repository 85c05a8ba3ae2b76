/** Fleet: what is broken now, on all clusters, and what is being done about it. */

import { dashboard } from '../dashboard.ts';
import { TO_JOB } from '../links.ts';
import { BAD, GOOD, INCIDENT, NONE_IS_GOOD, NONE_IS_USUAL, ODD, SEVERITY, UP, YES_NO } from '../looks.ts';
import { graph, stat } from '../panels.ts';
import {
  FAILED,
  MISSING,
  PROBLEMS_SINCE,
  STUCK,
  STUCK_AFTER,
  STUCK_ENDING_AFTER,
  TWICE,
  UNKNOWN,
  VANISHED,
} from '../problems.ts';
import {
  ALERT,
  BY_CLUSTER,
  BY_NAME,
  BY_RUN,
  CLUSTER,
  date,
  grown,
  highest,
  howMany,
  JOB,
  one,
  since,
} from '../promql.ts';
import { FINAL, STATES } from '../states.ts';
import { table } from '../table.ts';

const ALERT_LABELS = 'alertname, severity, flink_cluster, job_name';
const FIRING = highest(ALERT_LABELS, `ALERTS{${ALERT}, alertstate="firing"}`);

const PROBLEM = {
  FAILED: { text: 'failed', color: BAD },
  VANISHED: { text: 'vanished', color: BAD },
  MISSING: { text: 'missing', color: BAD },
  TWICE: { text: 'runs twice', color: BAD },
  STUCK: { text: 'stuck', color: ODD },
  UNKNOWN: { text: 'unknown', color: ODD },
};

const broken = {
  title: 'Broken now',
  panels: [
    stat({
      title: 'Failed',
      description: 'Runs that FAILED and that no newer run of their name has replaced.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: howMany(FAILED) }],
    }),
    stat({
      title: 'Missing',
      description: 'Jobs of expected_jobs without a live run.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: howMany(MISSING) }],
    }),
    stat({
      title: 'Running twice',
      description: 'Jobs of expected_jobs with more than one live run: both may write to the same place.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: howMany(TWICE) }],
    }),
    stat({
      title: 'Vanished',
      description: 'Runs that are gone while nothing says how they ended, and that no newer run has replaced.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: howMany(VANISHED) }],
    }),
    stat({
      title: 'Stuck',
      description: `Live runs that have been FAILING or CANCELLING for more than ${STUCK_ENDING_AFTER / 60} minutes, or in another passing state (CREATED, RESTARTING and the like) for more than ${STUCK_AFTER / 60}.`,
      width: 3,
      unit: 'none',
      steps: NONE_IS_USUAL,
      queries: [{ expr: howMany(STUCK) }],
    }),
    stat({
      title: 'Unknown',
      description: 'Live runs that cannot be seen now. That is not failed: it says nothing about them.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_USUAL,
      queries: [{ expr: howMany(UNKNOWN) }],
    }),
    stat({
      title: 'Clusters down',
      description: 'Clusters no JobManager of which answered the last observation.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: howMany(`${highest(BY_CLUSTER, `flink_cluster_up{${CLUSTER}}`)} == 0`) }],
    }),
    stat({
      title: 'Firing alerts',
      description: 'Alerts of the rules of flink-medic that fire now; 0 also when the rules are not loaded.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_USUAL,
      queries: [{ expr: howMany(FIRING) }],
    }),
    table({
      title: 'Broken jobs',
      description:
        'One row for each run or job that is counted above, why it last failed, and where its repair stands. A job that was expected and never seen has no time.',
      width: 24,
      height: 9,
      queries: [
        date(`(${PROBLEMS_SINCE})`),
        `${one(BY_RUN, `flink_job_last_failure_info{${JOB}}`)} and on (${BY_RUN}) (${FAILED} or ${STUCK} or ${UNKNOWN} or ${VANISHED})`,
        `(${FAILED} or ${VANISHED}) * on (${BY_NAME}) group_left (state, reason) ${one(BY_NAME, highest(`${BY_NAME}, state, reason`, `flink_medic_incident{${JOB}}`))}`,
      ],
      columns: [
        { from: 'problem', title: 'Problem', looks: PROBLEM, width: 110 },
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_JOB] },
        { from: 0, title: 'Since', unit: 'dateTimeAsIso', looks: { '0': { text: '–', color: 'text' } }, width: 180 },
        { from: 'exception', title: 'Last failure' },
        { from: 'task', title: 'Task' },
        { from: 'state', title: 'Incident', looks: INCIDENT, width: 110 },
        { from: 'reason', title: 'Reason' },
        { from: 'job_id', title: 'Run' },
      ],
      sort: { column: 'Since', descending: true },
    }),
    table({
      title: 'Firing alerts',
      description: 'Alerts of the rules of flink-medic that fire now, and since when they were true.',
      width: 12,
      queries: [date(`(${highest(ALERT_LABELS, `ALERTS_FOR_STATE{${ALERT}}`)} and ${FIRING})`)],
      columns: [
        { from: 'severity', title: 'Severity', looks: SEVERITY, width: 90 },
        { from: 'alertname', title: 'Alert' },
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_JOB] },
        { from: 0, title: 'Since', unit: 'dateTimeAsIso', width: 180 },
      ],
      sort: { column: 'Since', descending: true },
    }),
    table({
      title: 'Clusters',
      description:
        'Clusters with JobManagers: whether one answered, how old the facts about live runs are, and what there is to run jobs on.',
      width: 12,
      queries: [
        highest(BY_CLUSTER, `flink_cluster_up{${CLUSTER}}`),
        one(BY_CLUSTER, highest(`${BY_CLUSTER}, version, mode`, `flink_cluster_info{${CLUSTER}}`)),
        since(highest(BY_CLUSTER, `flink_cluster_last_observation_timestamp_seconds{${CLUSTER}}`)),
        `sum by (${BY_CLUSTER}) (${highest(BY_NAME, `flink_job_live_runs{${JOB}}`)})`,
        highest(BY_CLUSTER, `flink_cluster_taskmanagers{${CLUSTER}}`),
        highest(BY_CLUSTER, `flink_cluster_slots_available{${CLUSTER}}`),
        highest(BY_CLUSTER, `flink_cluster_slots{${CLUSTER}}`),
      ],
      columns: [
        { from: 0, title: 'Up', looks: UP, width: 60 },
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'version', title: 'Flink', width: 80 },
        { from: 'mode', title: 'Mode', width: 100 },
        { from: 2, title: 'Data age', unit: 's', steps: [[GOOD], [ODD, 60], [BAD, 300]], width: 90 },
        { from: 3, title: 'Live runs', unit: 'none', width: 90 },
        { from: 4, title: 'TaskManagers', unit: 'none', width: 120 },
        { from: 5, title: 'Free slots', unit: 'none', width: 90 },
        { from: 6, title: 'Slots', unit: 'none', width: 70 },
      ],
    }),
  ],
};

const overTime = {
  title: 'Over time',
  panels: [
    graph({
      title: 'Live runs by state',
      description: "How many live runs were in each state. UNKNOWN is flink-medic's: they could not be seen.",
      width: 12,
      unit: 'none',
      decimals: 0,
      stacked: true,
      colors: STATES,
      queries: [
        {
          expr: `sum by (state) (${highest(`${BY_RUN}, state`, `flink_job_status{${JOB}, state!~"${FINAL}"}`)})`,
          legend: '{{state}}',
        },
      ],
    }),
    graph({
      title: 'Ends of runs',
      description: 'Runs that ended, by how. Each is counted once; one that vanished and is found later is in both.',
      width: 12,
      unit: 'none',
      bars: true,
      colors: STATES,
      queries: [
        {
          expr: `sum by (status) (${grown(`${BY_NAME}, status`, `flink_job_runs_ended_total{${JOB}}`)})`,
          legend: '{{status}}',
        },
        { expr: `sum(${grown(BY_NAME, `flink_job_runs_vanished_total{${JOB}}`)})`, legend: 'VANISHED' },
      ],
    }),
    graph({
      title: 'Restarts by Flink',
      description: 'The ten jobs that Flink itself restarted most. A job that keeps restarting makes no progress.',
      width: 12,
      unit: 'none',
      bars: true,
      queries: [
        {
          expr: `topk(10, ${grown(BY_NAME, `flink_job_restarts_total{${JOB}}`)} > 0)`,
          legend: '{{flink_cluster}} / {{job_name}}',
        },
      ],
    }),
    graph({
      title: 'Free slots',
      description: 'Task slots that are free. With none a job that restarts can only wait.',
      width: 6,
      unit: 'none',
      queries: [
        { expr: highest(BY_CLUSTER, `flink_cluster_slots_available{${CLUSTER}}`), legend: '{{flink_cluster}}' },
      ],
    }),
    graph({
      title: 'TaskManagers',
      description: 'TaskManagers that are registered.',
      width: 6,
      unit: 'none',
      queries: [{ expr: highest(BY_CLUSTER, `flink_cluster_taskmanagers{${CLUSTER}}`), legend: '{{flink_cluster}}' }],
    }),
  ],
};

const jobs = {
  title: 'Jobs',
  panels: [
    table({
      title: 'Jobs',
      description:
        'Every job that is known: its live runs, whether it should run, whether flink-medic would restart it now, and the newest snapshot that a restart could use.',
      width: 24,
      height: 12,
      queries: [
        highest(BY_NAME, `flink_job_live_runs{${JOB}}`),
        highest(BY_NAME, `flink_job_expected{${JOB}}`),
        highest(BY_NAME, `flink_medic_job_managed{${JOB}}`),
        since(highest(BY_NAME, `flink_job_restore_point_timestamp_seconds{${JOB}}`)),
      ],
      columns: [
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_JOB] },
        { from: 0, title: 'Live runs', unit: 'none', steps: [['text'], [GOOD, 1], [ODD, 2]] },
        { from: 1, title: 'Expected', looks: YES_NO },
        { from: 2, title: 'Would be restarted', looks: YES_NO },
        { from: 3, title: 'Age of the restore point', unit: 's' },
      ],
      sort: { column: 'Job', descending: false },
    }),
  ],
};

export const fleet = dashboard({
  uid: 'flink-medic-fleet',
  title: 'Flink / Fleet',
  description: 'What is broken now on the Flink clusters that flink-medic watches, and what is being done about it.',
  showsEvents: false,
  rows: [broken, overTime, jobs],
});
