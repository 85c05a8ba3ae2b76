/**
 * A job that may be brought back: run FAILED a minute ago, everything is configured, nothing speaks against it. Tests
 * change what they are about. Our clock is ten seconds behind the JobManager's.
 */

import type { ListedJob } from '../../../../src/core/facts.ts';
import { CLOSED_BREAKER } from '../../../../src/core/restart/breaker.ts';
import type {
  Attempt,
  EndedRun,
  Incident,
  JobRepairs,
  SubmissionRequest,
  Trigger,
} from '../../../../src/core/restart/incident.ts';
import type { RestartPolicy, TextMatcher } from '../../../../src/core/restart/policy.ts';
import type { Evidence, FreshLook, RestoreEvidence, Situation } from '../../../../src/core/restart/situation.ts';
import type { Run } from '../../../../src/core/run.ts';
import { NO_TASKS } from '../../support/facts.ts';

export const OFFSET = 10_000;
/** Our clock. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');
/** The JobManager's. */
export const END = NOW + OFFSET - 60_000;
export const START = END - 3_600_000;
export const ID = '1'.repeat(32);
export const OTHER_ID = '2'.repeat(32);
export const ATTEMPT_ID = '9'.repeat(32);
export const HOUR = 3_600_000;

export function exactly(source: string): TextMatcher {
  return { source, matches: (value) => value === source };
}

export function policyWith(change: Partial<RestartPolicy> = {}): RestartPolicy {
  return {
    name: 'orders',
    match: { cluster: exactly('prod'), jobName: exactly('orders') },
    triggers: { alerts: ['FlinkJobRepairWanted'], watchdog: false },
    on: ['FAILED'],
    restore: { policy: 'require', claimMode: 'NO_CLAIM', allowNonRestoredState: false },
    budget: { attempts: 3, perMs: HOUR },
    backOff: { initialMs: 10_000, factor: 2, maxMs: 600_000 },
    confirm: { runningForMs: 30_000, checkpoint: true, timeoutMs: 300_000 },
    neverOn: { exceptions: [], failureLabels: {} },
    waitMs: 0,
    vanishedWaitMs: 600_000,
    batch: false,
    windows: [],
    driver: { submitTimeoutMs: 900_000, jar: { name: 'orders.jar' }, args: [], config: {} },
    ...change,
  };
}

export function endedRun(change: Partial<EndedRun> = {}): EndedRun {
  return {
    cluster: 'prod',
    jobId: ID,
    generation: 1,
    name: 'orders',
    status: 'FAILED',
    endTime: END,
    lastStart: START,
    ...change,
  };
}

/** An ended run; `live` takes the end away. */
export function runWith(change: Partial<Run> = {}): Run {
  return {
    cluster: 'prod',
    jobId: ID,
    generation: 1,
    name: 'orders',
    jobType: 'STREAMING',
    scheduler: '',
    applicationId: '',
    startTimes: [START],
    state: 'FAILED',
    stateEnteredAt: END,
    rule: 'listed_ended',
    decidedAt: NOW,
    seenAlive: true,
    reachedRunning: true,
    countedVanished: false,
    failovers: 0,
    final: { status: 'FAILED', source: 'live', endTime: END, recordedAt: NOW - 50_000 },
    ...change,
  };
}

export function live(change: Partial<Run> = {}): Run {
  const { final: _final, ...rest } = runWith({ state: 'RUNNING', stateEnteredAt: START, ...change });
  return rest;
}

export function ended(status: EndedRun['status'], change: Partial<Situation> = {}): Partial<Situation> {
  const run = runWith({ state: status, final: { status, source: 'live', endTime: END, recordedAt: NOW - 50_000 } });
  return {
    ended: endedRun({ status }),
    incident: incidentWith({ run: endedRun({ status }) }),
    run,
    sameName: [run],
    ...change,
  };
}

export function trigger(change: Partial<Trigger> = {}): Trigger {
  const at = NOW - 30_000;
  return { kind: 'alert', at, lastAt: at, count: 1, name: 'FlinkJobRepairWanted', withdrawn: false, ...change };
}

export function incidentWith(change: Partial<Incident> = {}): Incident {
  return {
    id: 7,
    run: endedRun(),
    state: 'deferred',
    detail: '',
    openedAt: NOW - 30_000,
    since: NOW - 30_000,
    triggers: [trigger()],
    attempts: [],
    ...change,
  };
}

export function ordering(...lift: NonNullable<Incident['order']>['lift'][number][]): Incident {
  return incidentWith({ order: { at: NOW, lift } });
}

export function repairsWith(change: Partial<JobRepairs> = {}): JobRepairs {
  return {
    cluster: 'prod',
    name: 'orders',
    intents: [],
    sinceStable: 0,
    exhausted: false,
    results: { succeeded: 0, failed: 0, unconfirmed: 0, withdrawn: 0 },
    ...change,
  };
}

export function situationWith(change: Partial<Situation> = {}): Situation {
  const run = runWith();
  return {
    at: NOW,
    clockOffsetMs: OFFSET,
    rules: {
      mode: 'on',
      maxConcurrent: 2,
      maxAttemptsPerHour: 20,
      actWithinMs: HOUR,
      breaker: { failedRatio: 0.5, minJobs: 5, windowMs: 600_000, coolDownMs: 300_000 },
    },
    policy: policyWith(),
    incident: incidentWith(),
    ended: endedRun(),
    run,
    sameName: [run],
    attemptJobIds: new Set(),
    isRepairElsewhere: () => false,
    armed: { ledger: 0, mode: 0, policy: 0 },
    paused: false,
    otherIncident: undefined,
    repairs: repairsWith(),
    underWay: 0,
    intentsLastHour: 0,
    breaker: CLOSED_BREAKER,
    ...change,
  };
}

export function job(change: Partial<ListedJob> = {}): ListedJob {
  const startTime = change.startTime ?? START;
  return {
    jobId: ID,
    name: 'orders',
    state: 'RUNNING',
    startTime,
    duration: 1_000,
    lastModification: startTime,
    tasks: NO_TASKS,
    ...change,
  };
}

export function lookWith(change: Partial<FreshLook> = {}): FreshLook {
  return {
    at: NOW,
    highlyAvailable: false,
    process: '/tmp/flink-web-1',
    processes: new Map(),
    jobs: [],
    byId: new Map(),
    restoredFrom: new Map(),
    elsewhere: [],
    ...change,
  };
}

export const SNAPSHOT: NonNullable<RestoreEvidence['snapshot']> = {
  path: `file:/checkpoints/${ID}/chk-41`,
  kind: 'checkpoint',
  id: 41,
  completedAt: END - 1_000,
};

export const REQUEST: SubmissionRequest = {
  driver: 'flink_rest',
  jobId: ATTEMPT_ID,
  jar: { name: 'orders.jar' },
  args: [],
  config: {},
  restoreDetail: '',
  submitTimeoutMs: 900_000,
};

export function attemptWith(change: Partial<Attempt> = {}): Attempt {
  return {
    number: 1,
    of: endedRun(),
    request: REQUEST,
    confirm: policyWith().confirm,
    state: 'submitted',
    detail: '',
    intendedAt: NOW,
    sentAt: [NOW],
    process: '/tmp/flink-web-1',
    submittedAt: NOW,
    watchedMs: 0,
    ...change,
  };
}

/** Gives prepared answers and keeps what was asked for. */
export class PreparedEvidence implements Evidence {
  readonly asked: string[] = [];
  /** What the request was to be made with. */
  restore: RestoreEvidence | undefined;
  readonly #looks: readonly FreshLook[];
  readonly #found: RestoreEvidence;
  readonly #problem: string | undefined;

  constructor({
    looks = [lookWith(), lookWith()],
    found = { snapshot: SNAPSHOT, existence: 'present', detail: 'checkpoint 41' },
    problem,
  }: { looks?: readonly FreshLook[]; found?: RestoreEvidence; problem?: string } = {}) {
    this.#looks = looks;
    this.#found = found;
    this.#problem = problem;
  }

  async looks(): Promise<readonly FreshLook[]> {
    this.asked.push('looks');
    return this.#looks;
  }

  async restorePoint(): Promise<RestoreEvidence> {
    this.asked.push('restorePoint');
    return this.#found;
  }

  async request(restore: RestoreEvidence): Promise<SubmissionRequest | { readonly problem: string }> {
    this.asked.push('request');
    this.restore = restore;
    if (this.#problem !== undefined) return { problem: this.#problem };
    return { ...REQUEST, restoreDetail: restore.detail };
  }
}

export function twice(change: Partial<FreshLook>): FreshLook[] {
  return [lookWith(change), lookWith(change)];
}
