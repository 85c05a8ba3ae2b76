/** Restart bridge: what flink-medic does about jobs that failed, what it refuses and why, and how long it takes. */

import { dashboard } from '../dashboard.ts';
import { FLINK_MEDIC_URL, TO_JOB, TO_MEDIC } from '../links.ts';
import { BAD, GOOD, INCIDENT, MODE, NONE_IS_GOOD, NONE_IS_USUAL, ODD, RESULTS } from '../looks.ts';
import { bars, graph, stat } from '../panels.ts';
import {
  BY_CLUSTER,
  BY_NAME,
  CLUSTER,
  CLUSTER_OR_ALL,
  date,
  grown,
  grownInRange,
  highest,
  howMany,
  JOB,
  one,
  since,
} from '../promql.ts';
import { table } from '../table.ts';

const MANAGED = highest(BY_NAME, `flink_medic_job_managed{${JOB}}`);
const INCIDENTS = one(BY_NAME, highest(`${BY_NAME}, state, reason`, `flink_medic_incident{${JOB}}`));
const PAUSES = highest(BY_CLUSTER, `flink_medic_paused_since_timestamp_seconds{${CLUSTER_OR_ALL}}`);

function recovery(part: string, labels = BY_CLUSTER): string {
  return `sum${part === 'bucket' ? ' by (le)' : ''} (${grownInRange(labels, `flink_medic_restart_duration_seconds_${part}{${CLUSTER}}`)})`;
}

/** Within which seconds this share of the jobs was back; nothing when there were none, instead of NaN. */
function quantile(share: number): string {
  return `histogram_quantile(${share}, ${recovery('bucket', `${BY_CLUSTER}, le`)}) and ${recovery('count')} > 0`;
}

const now = {
  title: 'Now',
  panels: [
    stat({
      title: 'Mode',
      description: 'What restart.mode is: in dry run everything is decided and nothing is sent.',
      width: 3,
      looks: MODE,
      queries: [
        {
          expr: 'max(flink_medic_restart_mode{mode="dry_run"}) + 2 * max(flink_medic_restart_mode{mode="on"})',
        },
      ],
    }),
    stat({
      title: 'Jobs that would be restarted',
      description: 'Jobs whose policy would act now, and jobs that a policy matches.',
      width: 4,
      unit: 'none',
      queries: [
        { expr: howMany(`${MANAGED} == 1`), legend: 'now' },
        { expr: howMany(MANAGED), legend: 'with a policy' },
      ],
    }),
    stat({
      title: 'Pauses',
      description: 'Pauses that people have ordered. Nothing is restarted where one holds.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_USUAL,
      queries: [{ expr: howMany(PAUSES) }],
    }),
    stat({
      title: 'Longest pause',
      description: 'Since when restarts have been paused. A pause that was forgotten is an outage that waits.',
      width: 3,
      unit: 's',
      steps: [[ODD]],
      noValue: 'none',
      queries: [{ expr: `max(${since(PAUSES)})` }],
    }),
    stat({
      title: 'Open breakers',
      description: 'Clusters on which so many jobs ended together that restarts wait.',
      width: 3,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: `sum(${highest(BY_CLUSTER, `flink_medic_breaker_open{${CLUSTER}}`)})` }],
    }),
    stat({
      title: 'Not repaired',
      description: 'Incidents that were refused or that exhausted their attempts: people must act.',
      width: 4,
      unit: 'none',
      steps: NONE_IS_GOOD,
      queries: [{ expr: howMany(highest(BY_NAME, `flink_medic_incident{${JOB}, state=~"refused|exhausted"}`)) }],
    }),
    stat({
      title: 'Last notification of Alertmanager',
      description: 'Since it last delivered one that was accepted. Without alerts there is none.',
      width: 4,
      unit: 's',
      noValue: 'never',
      queries: [{ expr: since('max(flink_medic_last_notification_timestamp_seconds)') }],
    }),
    table({
      title: 'Incidents',
      description:
        'The newest incident of each job, until the job runs: where it stands and why. The story is on the page of flink-medic.',
      width: 24,
      height: 8,
      queries: [
        INCIDENTS,
        date(highest(BY_NAME, `flink_medic_incident_opened_timestamp_seconds{${JOB}}`)),
        `${highest(BY_NAME, `flink_medic_restart_budget_remaining{${JOB}}`)} and ${highest(BY_NAME, `flink_medic_incident{${JOB}}`)}`,
      ],
      columns: [
        { from: 'state', title: 'State', looks: INCIDENT, width: 120 },
        { from: 'reason', title: 'Reason' },
        { from: 'flink_cluster', title: 'Cluster' },
        { from: 'job_name', title: 'Job', links: [TO_JOB, TO_MEDIC] },
        { from: 1, title: 'Opened', unit: 'dateTimeAsIso', width: 180 },
        { from: 2, title: 'Attempts left', unit: 'none', steps: [[BAD], ['text', 1]] },
      ],
      sort: { column: 'Opened', descending: true },
    }),
  ],
};

const decisions = {
  title: 'Decisions and attempts',
  panels: [
    graph({
      title: 'Decisions',
      description: 'What was decided, and the reason where it was not to restart. A deferral that repeats counts once.',
      width: 12,
      unit: 'none',
      bars: true,
      queries: [
        {
          expr: `${grown('decision, reason', 'flink_medic_restart_decisions_total')} > 0`,
          legend: '{{decision}} {{reason}}',
        },
      ],
    }),
    bars({
      title: 'Reasons in the time shown',
      description: 'How often each decision was made in the time shown.',
      width: 12,
      unit: 'none',
      decimals: 0,
      queries: [
        {
          expr: `sort_desc(${grownInRange('decision, reason', 'flink_medic_restart_decisions_total')} > 0)`,
          legend: '{{decision}} {{reason}}',
        },
      ],
    }),
    graph({
      title: 'Attempts',
      description: 'What became of the attempts to restart jobs.',
      width: 12,
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
    graph({
      title: 'Incidents by state',
      description: 'How many jobs have an incident in each state.',
      width: 12,
      unit: 'none',
      stacked: true,
      queries: [{ expr: `count by (state) (${INCIDENTS})`, legend: '{{state}}' }],
    }),
    stat({
      title: 'Time to recovery',
      description:
        'From the end of a run until the run that replaced it was RUNNING, of the repairs in the time shown.',
      width: 12,
      unit: 's',
      noValue: 'no repair',
      queries: [
        { expr: quantile(0.5), legend: 'half within' },
        { expr: quantile(0.9), legend: '90 % within' },
        { expr: `${recovery('sum')} / (${recovery('count')} > 0)`, legend: 'on average' },
      ],
    }),
    stat({
      title: 'Repairs',
      description: 'Repairs that were confirmed in the time shown.',
      width: 4,
      unit: 'none',
      decimals: 0,
      queries: [{ expr: recovery('count') }],
    }),
    bars({
      title: 'Limits that are in use',
      description: 'Share of the limits for restarts side by side and in an hour. At 1 the next restart waits.',
      width: 8,
      height: 4,
      unit: 'percentunit',
      steps: [[GOOD], [ODD, 0.7], [BAD, 0.9]],
      queries: [
        {
          expr: 'max by (bound) (flink_medic_bound_usage_ratio{bound=~"concurrent_restarts|attempts_per_hour"})',
          legend: '{{bound}}',
        },
      ],
    }),
    bars({
      title: 'Attempts left',
      description: 'The twenty jobs whose budgets allow the fewest attempts.',
      width: 24,
      unit: 'none',
      steps: [[BAD], [GOOD, 1]],
      queries: [
        {
          expr: `sort(bottomk(20, ${highest(BY_NAME, `flink_medic_restart_budget_remaining{${JOB}}`)}))`,
          legend: '{{flink_cluster}} / {{job_name}}',
        },
      ],
    }),
  ],
};

const webhook = {
  title: 'Webhook and notifications',
  panels: [
    graph({
      title: 'Alerts received',
      description: 'Alerts that Alertmanager delivered, by their status, and those that it cut off.',
      width: 6,
      unit: 'none',
      bars: true,
      queries: [
        { expr: grown('status', 'flink_medic_alerts_received_total'), legend: '{{status}}' },
        { expr: 'max(increase(flink_medic_alerts_truncated_total[$__rate_interval]))', legend: 'cut off' },
      ],
    }),
    graph({
      title: 'Alerts ignored',
      description: 'Alerts that opened or joined no incident, by the reason.',
      width: 6,
      unit: 'none',
      bars: true,
      queries: [{ expr: grown('reason', 'flink_medic_alerts_ignored_total'), legend: '{{reason}}' }],
    }),
    graph({
      title: 'Requests rejected',
      description: 'Requests to the webhook that were not accepted: alerts may be lost.',
      width: 6,
      unit: 'none',
      bars: true,
      queries: [{ expr: grown('reason', 'flink_medic_webhook_rejected_total'), legend: '{{reason}}' }],
    }),
    graph({
      title: 'Outgoing notifications',
      description: 'Messages about incidents to the receivers of the configuration.',
      width: 6,
      unit: 'none',
      bars: true,
      queries: [{ expr: grown('result', 'flink_medic_notifications_total'), legend: '{{result}}' }],
    }),
  ],
};

export const restarts = dashboard({
  uid: 'flink-medic-restarts',
  title: 'Flink / Restart bridge',
  description: 'What flink-medic does about jobs that failed, what it refuses and why, and how long it takes.',
  addresses: [FLINK_MEDIC_URL],
  showsEvents: true,
  rows: [now, decisions, webhook],
});
