/** What the configuration says about restarts, in the form that decisions use. Times are milliseconds. */

import type { FinalStatus } from '../states.ts';

export const RESTART_MODES = ['off', 'dry_run', 'on'] as const;
export type RestartMode = (typeof RESTART_MODES)[number];

export interface RestartRules {
  readonly mode: RestartMode;
  /** Attempts that are being submitted or confirmed, in the whole process. */
  readonly maxConcurrent: number;
  /** Intents, in the whole process. */
  readonly maxAttemptsPerHour: number;
  readonly actWithinMs: number;
  readonly breaker: BreakerRules;
  /** The first that matches counts. */
  readonly policies: readonly RestartPolicy[];
}

export interface BreakerRules {
  readonly failedRatio: number;
  readonly minJobs: number;
  readonly windowMs: number;
  readonly coolDownMs: number;
}

/** A text that stands in the configuration as itself, or between slashes as an anchored RE2 expression. */
export interface TextMatcher {
  /** As written. */
  readonly source: string;
  matches(value: string): boolean;
}

export interface RestartPolicy {
  /** Unique. */
  readonly name: string;
  readonly match: { readonly cluster: TextMatcher; readonly jobName: TextMatcher };
  readonly triggers: { readonly alerts: readonly string[]; readonly watchdog: boolean };
  readonly on: readonly FinalStatus[];
  readonly restore: RestoreRules;
  readonly budget: { readonly attempts: number; readonly perMs: number };
  readonly backOff: { readonly initialMs: number; readonly factor: number; readonly maxMs: number };
  readonly confirm: ConfirmRules;
  readonly neverOn: {
    readonly exceptions: readonly TextMatcher[];
    /** Failure labels: each of the entries is enough. */
    readonly failureLabels: Readonly<Record<string, string>>;
  };
  /** Between the end and the first decision. */
  readonly waitMs: number;
  readonly vanishedWaitMs: number;
  readonly batch: boolean;
  readonly windows: readonly MaintenanceWindow[];
  readonly driver: FlinkRestTarget;
}

export const CLAIM_MODES = ['NO_CLAIM', 'CLAIM', 'LEGACY'] as const;
export type ClaimMode = (typeof CLAIM_MODES)[number];

export interface RestoreRules {
  readonly policy: 'require' | 'prefer' | 'none';
  /** Absent: any age. */
  readonly maxAgeMs?: number;
  readonly claimMode: ClaimMode;
  readonly allowNonRestoredState: boolean;
}

export interface ConfirmRules {
  readonly runningForMs: number;
  readonly checkpoint: boolean;
  readonly timeoutMs: number;
}

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** No restart inside. With `to` at or before `from` it ends on the next day. */
export interface MaintenanceWindow {
  /** The days on which it begins. */
  readonly days: readonly Weekday[];
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** How `flink_rest` starts the job. */
export interface FlinkRestTarget {
  readonly submitTimeoutMs: number;
  /** A file here (absolute path), or the name of a jar that is already at the JobManager. */
  readonly jar: { readonly file: string } | { readonly name: string };
  readonly entryClass?: string;
  readonly args: readonly string[];
  readonly parallelism?: number;
  /** `flinkConfiguration` of the submission. */
  readonly config: Readonly<Record<string, string>>;
}
