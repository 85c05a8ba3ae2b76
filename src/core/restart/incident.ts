/**
 * An incident is one outage of a job: from the bad end of a run, whose key is the incident's, until a run is confirmed.
 * Immutable values; `transitions.ts` makes new ones, the ledger stores them, the worker drives them.
 *
 * Times are integer milliseconds in our clock, unless a comment says otherwise.
 */

import type { RunKey } from '../run.ts';
import type { FinalStatus } from '../states.ts';
import type { ClaimMode, ConfirmRules } from './policy.ts';
import type { AttemptFailure, Liftable, Reason } from './reasons.ts';

/** States of an incident that is worked on. */
const OPEN_STATES = ['waiting', 'deferred', 'submitting', 'confirming', 'backing_off', 'unconfirmed'] as const;
/** A closed incident is opened again by a person only. */
const CLOSED_STATES = ['succeeded', 'refused', 'exhausted', 'withdrawn'] as const;
export const INCIDENT_STATES = [...OPEN_STATES, ...CLOSED_STATES] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** The end of a run, as decisions and job ids need it. */
export interface EndedRun extends RunKey {
  readonly name: string;
  readonly status: FinalStatus;
  /** The JobManager's clock. */
  readonly endTime: number;
  /** Last start time, the JobManager's clock: names a vanished run, whose end nobody saw. */
  readonly lastStart: number;
}

/** Who asked. */
export interface Trigger {
  readonly kind: 'alert' | 'watchdog' | 'person';
  /** First and last time that it asked. */
  readonly at: number;
  readonly lastAt: number;
  /** How often. */
  readonly count: number;
  /** `alertname` and fingerprint of an alert; the user of a person, as far as it is known. */
  readonly name: string;
  readonly fingerprint?: string;
  /** When the alert began, Prometheus' clock. */
  readonly startsAt?: number;
  /** The alert has resolved: this trigger asks no more. */
  readonly withdrawn: boolean;
}

/** What a person ordered beside the policy. */
export interface Order {
  readonly at: number;
  /** Restore from here instead of the newest snapshot. */
  readonly from?: string;
  readonly lift: readonly Liftable[];
}

export interface Incident {
  /** From 1 on. */
  readonly id: number;
  /** The end that opened it. */
  readonly run: EndedRun;
  readonly state: IncidentState;
  /** Why it is deferred, refused or exhausted; absent in other states. */
  readonly reason?: Reason;
  /** Particulars of the state, for people. */
  readonly detail: string;
  readonly openedAt: number;
  /** When `state` or `reason` last changed. */
  readonly since: number;
  readonly closedAt?: number;
  /** At most `MAX_TRIGGERS`, oldest first. */
  readonly triggers: readonly Trigger[];
  readonly order?: Order;
  /** Name of the policy that decided last. */
  readonly policy?: string;
  readonly attempts: readonly Attempt[];
  /** In dry run: what would have been sent. */
  readonly wouldSend?: SubmissionRequest;
}

export const MAX_TRIGGERS = 20;

/** Everything that is sent, written down before it is sent. */
export interface SubmissionRequest {
  readonly driver: 'flink_rest';
  /** 32 hex digits, from `attemptJobId`. */
  readonly jobId: string;
  readonly jar: { readonly file: string; readonly sha256: string } | { readonly name: string };
  readonly entryClass?: string;
  readonly args: readonly string[];
  readonly parallelism?: number;
  readonly config: Readonly<Record<string, string>>;
  readonly restore?: {
    readonly path: string;
    readonly claimMode: ClaimMode;
    readonly allowNonRestoredState: boolean;
    /** Of the snapshot; absent for a path that a person gave. */
    readonly checkpointId?: number;
    /** The JobManager's clock. */
    readonly completedAt?: number;
  };
  /** How it was chosen or why there is none, for people. */
  readonly restoreDetail: string;
  readonly submitTimeoutMs: number;
}

/**
 * `intended`: written down, never sent. `sending`: it may have been sent. `submitted`: a job with its id was seen, or the
 * JobManager said yes. The others are its results; `unconfirmed` may still become `succeeded` or `failed`.
 */
export const ATTEMPT_STATES = [
  'intended',
  'sending',
  'submitted',
  'succeeded',
  'failed',
  'unconfirmed',
  'withdrawn',
] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

export const ATTEMPT_RESULTS = ['succeeded', 'failed', 'unconfirmed', 'withdrawn'] as const;
export type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

export interface Attempt {
  /** Within the incident, from 1 on. */
  readonly number: number;
  /** The end that it answers: of the incident's run, or of an earlier attempt's run. */
  readonly of: EndedRun;
  readonly request: SubmissionRequest;
  readonly confirm: ConfirmRules;
  readonly state: AttemptState;
  readonly failure?: AttemptFailure;
  readonly detail: string;
  readonly intendedAt: number;
  /** Each time that it was sent. */
  readonly sentAt: readonly number[];
  /** `web.tmpdir` of the JobManager process that it was sent to: another value at that address is another process. */
  readonly process: string;
  /** The address that it was sent to; absent until it is sent. */
  readonly address?: string;
  readonly submittedAt?: number;
  /** First seen RUNNING. */
  readonly runningAt?: number;
  /** Since when its run has been RUNNING with this many restarts. */
  readonly stable?: { readonly since: number; readonly restarts: number };
  /** How its run ended, when that is why it failed: the next attempt answers this end. */
  readonly ended?: EndedRun;
  /** When it got its result. */
  readonly endedAt?: number;
  /** How long it has been watched while its JobManager answered: the clock of the time-out. */
  readonly watchedMs: number;
}

/** One line of the story of an incident. */
export interface IncidentEvent {
  readonly incident: number;
  readonly at: number;
  readonly kind:
    | 'opened'
    | 'joined'
    | 'withdrawn'
    | 'ordered'
    | 'deferred'
    | 'refused'
    | 'accepted'
    | 'sending'
    | 'submitted'
    | 'running'
    | 'attempt_failed'
    | 'unconfirmed'
    | 'closed';
  readonly reason?: Reason | AttemptFailure;
  readonly detail: string;
}

/** What is remembered of a job across its incidents. */
export interface JobRepairs {
  readonly cluster: string;
  readonly name: string;
  /** When intents were written in the last `budget.per`, or the last hour if that is longer (at most `MAX_INTENTS`). */
  readonly intents: readonly number[];
  /** Attempts since the job last ran stably: the exponent of the back-off. */
  readonly sinceStable: number;
  /** When a person gave the budget back: earlier intents count for the limit of the whole process only. */
  readonly resetAt?: number;
  /** When the last attempt came to nothing, or its run ended. */
  readonly lastFailedAt?: number;
  readonly exhausted: boolean;
  readonly results: Readonly<Record<AttemptResult, number>>;
}

export const MAX_INTENTS = 1000;

export function isClosed(incident: Pick<Incident, 'state'>): boolean {
  return (CLOSED_STATES as readonly string[]).includes(incident.state);
}

/** The attempt that is under way or unconfirmed, if there is one. */
export function activeAttempt(incident: Incident): Attempt | undefined {
  const last = incident.attempts.at(-1);
  return last !== undefined && !['succeeded', 'failed', 'withdrawn'].includes(last.state) ? last : undefined;
}
