/**
 * What is bounded in the process and can come near its bound: the closed list of the label of
 * `flink_medic_bound_usage_ratio`, with what people read of each in docs/sizing.md. What only the configuration or a
 * constant of a few entries bounds is not in it.
 */

export interface BoundRecord {
  /** What is counted. */
  readonly what: string;
  /** What happens at the limit. */
  readonly atLimit: string;
}

export const BOUNDS = {
  concurrent_restarts: { what: 'restarts under way', atLimit: 'the others wait' },
  attempts_per_hour: { what: 'restarts in an hour', atLimit: 'the others wait' },
  waiting_alerts: {
    what: 'alerts that wait for the end of the run that they name',
    atLimit: 'more are ignored, until Alertmanager repeats them',
  },
  waiting_notifications: {
    what: 'messages that wait for their receivers',
    atLimit: 'the oldest are dropped, and counted',
  },
  exported_runs: {
    what: 'runs on the page, in the cluster with most',
    atLimit:
      'ended before live ones, then the oldest, are left out of the page; `flink_cluster_jobs_omitted` counts them',
  },
  live_runs: {
    what: 'live runs, in the cluster with most',
    atLimit: 'jobs that are new are not taken in until others have ended; `flink_cluster_jobs_omitted` counts them',
  },
  ended_runs: {
    what: 'ended runs that are remembered, in the cluster with most',
    atLimit: 'the oldest leave before the retention is over; a tombstone stays of each',
  },
  incidents: {
    what: 'incidents, open and closed, in all or in the cluster with most',
    atLimit:
      'from three quarters on the oldest that were closed more than a day ago leave; where that is not enough, no new one is opened, by people excepted',
  },
  alert_deliveries: { what: 'alerts that are kept for the audit', atLimit: 'the oldest leave' },
  audit_events: { what: 'entries of the audit of runs', atLimit: 'the oldest leave' },
  unwritten_events: {
    what: 'entries of the audit that wait while the ledger cannot be written',
    atLimit: 'the oldest are lost; runs, counters and final statuses never are',
  },
} as const satisfies Readonly<Record<string, BoundRecord>>;

export type Bound = keyof typeof BOUNDS;

/** Used ÷ limit. */
export type BoundUsage = Readonly<Record<Bound, number>>;
