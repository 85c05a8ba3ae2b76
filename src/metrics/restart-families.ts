/**
 * The `flink_medic_*` families of the restart bridge as a whole. The first list is read at a scrape from the parts of the
 * program that own the values; the second describes what `restart-metrics.ts` counts. Those of a job are in `families/`.
 */

import { RESTART_MODES, type RestartMode } from '../core/restart/policy.ts';
import type { BoundUsage } from './bounds.ts';
import { seconds } from './families/seconds.ts';
import type { FamilyDescription, FamilyRecord } from './family.ts';

/** Where the values come from. Each function is called at every scrape and must be quick. */
export interface RestartView {
  readonly mode: () => RestartMode;
  /** Since when restarts are paused, milliseconds; an empty cluster stands for all. */
  readonly paused: () => Iterable<{ readonly cluster: string; readonly since: number }>;
  /** Every configured cluster. */
  readonly breakers: () => Iterable<{ readonly cluster: string; readonly open: boolean }>;
  readonly bounds: () => BoundUsage;
}

/** What the families are read off. */
export interface RestartReading {
  readonly view: RestartView;
  /** Milliseconds; absent before the first. */
  readonly lastNotifiedAt: number | undefined;
}

const ofProcess = { stability: 'stable', exportedFor: 'the process' } as const satisfies Partial<FamilyDescription>;
const counter = { ...ofProcess, type: 'counter' } as const satisfies Partial<FamilyDescription>;

export const RESTART_FAMILIES: readonly FamilyRecord<RestartReading>[] = [
  {
    ...ofProcess,
    name: 'flink_medic_restart_mode',
    type: 'gauge',
    help: 'What restart.mode is: 1 for the present one and 0 for the others.',
    labels: ['mode'],
    write: (emit, { view }) => {
      const present = view.mode();
      for (const each of RESTART_MODES) emit(Number(each === present), each);
    },
  },
  {
    ...ofProcess,
    name: 'flink_medic_paused_since_timestamp_seconds',
    type: 'gauge',
    help: 'Since when a person has paused restarts; an empty flink_cluster stands for all.',
    labels: ['flink_cluster'],
    exportedFor: 'every pause',
    write: (emit, { view }) => {
      for (const { cluster, since } of view.paused()) emit(seconds(since), cluster);
    },
  },
  {
    ...ofProcess,
    name: 'flink_medic_breaker_open',
    type: 'gauge',
    help: 'Whether so many jobs of the cluster ended together that restarts wait.',
    labels: ['flink_cluster'],
    exportedFor: 'every cluster',
    write: (emit, { view }) => {
      for (const { cluster, open } of view.breakers()) emit(Number(open), cluster);
    },
  },
  {
    ...ofProcess,
    name: 'flink_medic_last_notification_timestamp_seconds',
    type: 'gauge',
    help: 'When Alertmanager last delivered a notification that was accepted.',
    labels: [],
    exportedFor: 'the process, after a notification',
    write: (emit, { lastNotifiedAt }) => emit(seconds(lastNotifiedAt)),
  },
  {
    ...ofProcess,
    name: 'flink_medic_bound_usage_ratio',
    type: 'gauge',
    help: 'Used share of what is bounded: at 1 something waits or is left out.',
    labels: ['bound'],
    write: (emit, { view }) => {
      const used = view.bounds();
      for (const [bound, share] of Object.entries(used)) emit(share, bound);
    },
  },
];

export const DECISIONS: FamilyDescription = {
  ...counter,
  name: 'flink_medic_restart_decisions_total',
  help: 'Decisions about restarts; reason is empty when accepted. A deferral that repeats itself counts once.',
  labels: ['decision', 'reason'],
};

export const DURATION: FamilyDescription = {
  ...ofProcess,
  name: 'flink_medic_restart_duration_seconds',
  type: 'histogram',
  help: 'Time from the end of a run until the run that replaced it was RUNNING; counted once that is confirmed.',
  labels: ['flink_cluster'],
  exportedFor: 'every cluster',
};

export const ALERTS_RECEIVED: FamilyDescription = {
  ...counter,
  name: 'flink_medic_alerts_received_total',
  help: 'Alerts that Alertmanager delivered, by their own status.',
  labels: ['status'],
};

export const ALERTS_TRUNCATED: FamilyDescription = {
  ...counter,
  name: 'flink_medic_alerts_truncated_total',
  help: 'Alerts that Alertmanager cut off (max_alerts of its receiver).',
  labels: [],
};

export const ALERTS_IGNORED: FamilyDescription = {
  ...counter,
  name: 'flink_medic_alerts_ignored_total',
  help: 'Alerts that opened or joined no incident.',
  labels: ['reason'],
};

export const WEBHOOK_REJECTED: FamilyDescription = {
  ...counter,
  name: 'flink_medic_webhook_rejected_total',
  help: 'Requests to the webhook that were not accepted.',
  labels: ['reason'],
};

export const NOTIFICATIONS: FamilyDescription = {
  ...counter,
  name: 'flink_medic_notifications_total',
  help: 'Outgoing notifications: sent, failed (refused by the receiver), or dropped (a day old, too many waiting, or their receiver left the configuration).',
  labels: ['result'],
  stability: 'experimental',
};

/** What `RestartMetrics` counts. */
export const COUNTED_FAMILIES = [
  DECISIONS,
  DURATION,
  ALERTS_RECEIVED,
  ALERTS_TRUNCATED,
  ALERTS_IGNORED,
  WEBHOOK_REJECTED,
  NOTIFICATIONS,
] as const;
