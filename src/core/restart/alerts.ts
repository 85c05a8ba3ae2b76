/** Alerts as they arrive from Alertmanager, and what became of each. Labels choose a policy and a run, nothing else. */

export const IGNORED_REASONS = [
  'labels_missing',
  'unknown_cluster',
  'unknown_job',
  'run_not_ended',
  'not_opted_in',
  'too_many_incidents',
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

export interface ReceivedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds, Prometheus' clock. */
  readonly startsAt: number;
  readonly fingerprint: string;
}

/** `stored`: it waits for the end of the run that it names. */
export interface AlertOutcome {
  readonly fingerprint: string;
  readonly became: 'opened' | 'joined' | 'stored' | 'withdrawn' | 'ignored';
  readonly incident?: number;
  readonly reason?: IgnoredReason;
  /** For the person who reads the answer. */
  readonly detail: string;
}

/** An alert as the ledger keeps it for seven days, for the audit. Its key is fingerprint and start. */
export interface Delivery {
  readonly fingerprint: string;
  readonly startsAt: number;
  readonly status: 'firing' | 'resolved';
  readonly alertname: string;
  /** Bounded like all label values; empty when the alert has none. */
  readonly cluster: string;
  readonly jobName: string;
  readonly jobId: string;
  /** Our clock. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly outcome: AlertOutcome['became'];
  readonly reason?: IgnoredReason;
  readonly incident?: number;
}
