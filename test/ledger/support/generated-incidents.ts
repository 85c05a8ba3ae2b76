/** Arbitrary values of everything that a ledger stores of restarts, with every optional field present or absent. */

import * as fc from 'fast-check';
import { type Delivery, IGNORED_REASONS } from '../../../src/core/restart/alerts.ts';
import {
  ATTEMPT_STATES,
  type Attempt,
  type EndedRun,
  INCIDENT_STATES,
  type Incident,
  type IncidentEvent,
  type JobRepairs,
  type Order,
  type SubmissionRequest,
  type Trigger,
} from '../../../src/core/restart/incident.ts';
import { CLAIM_MODES } from '../../../src/core/restart/policy.ts';
import { ALL_REASONS, ATTEMPT_FAILURES, type AttemptFailure, LIFTABLE } from '../../../src/core/restart/reasons.ts';
import { FINAL_STATUSES } from '../../../src/core/states.ts';
import type { Notification } from '../../../src/ledger/incident-ledger.ts';
import { anyText, count, key, record, text, time } from './generated.ts';

const attemptFailure = fc.constantFrom(...(Object.keys(ATTEMPT_FAILURES) as AttemptFailure[]));

const endedRun: fc.Arbitrary<EndedRun> = fc.record({
  cluster: key,
  jobId: key,
  generation: fc.integer({ min: 1, max: 3 }),
  name: key,
  status: fc.constantFrom(...FINAL_STATUSES),
  endTime: time,
  lastStart: time,
});

const trigger = record<Trigger>(
  {
    kind: fc.constantFrom('alert', 'watchdog', 'person'),
    at: time,
    lastAt: time,
    count,
    name: anyText,
    fingerprint: anyText,
    startsAt: time,
    withdrawn: fc.boolean(),
  },
  ['fingerprint', 'startsAt'],
);

const order = record<Order>({ at: time, from: anyText, lift: fc.subarray([...LIFTABLE]) }, ['from']);

const restore = record<NonNullable<SubmissionRequest['restore']>>(
  {
    path: anyText,
    claimMode: fc.constantFrom(...CLAIM_MODES),
    allowNonRestoredState: fc.boolean(),
    checkpointId: count,
    completedAt: time,
  },
  ['checkpointId', 'completedAt'],
);

const request = record<SubmissionRequest>(
  {
    driver: fc.constant('flink_rest'),
    jobId: key,
    jar: fc.oneof(fc.record({ file: anyText, sha256: anyText }), fc.record({ name: anyText })),
    entryClass: anyText,
    args: fc.array(anyText, { maxLength: 3 }),
    parallelism: count,
    config: fc.dictionary(text, anyText, { maxKeys: 3 }),
    restore,
    restoreDetail: anyText,
    submitTimeoutMs: count,
  },
  ['entryClass', 'parallelism', 'restore'],
);

const attempt = record<Attempt>(
  {
    number: fc.nat(),
    of: endedRun,
    request,
    confirm: fc.record({ runningForMs: count, checkpoint: fc.boolean(), timeoutMs: count }),
    state: fc.constantFrom(...ATTEMPT_STATES),
    failure: attemptFailure,
    detail: anyText,
    intendedAt: time,
    sentAt: fc.array(time, { maxLength: 3 }),
    process: anyText,
    address: anyText,
    submittedAt: time,
    runningAt: time,
    stable: fc.record({ since: time, restarts: count }),
    ended: endedRun,
    endedAt: time,
    watchedMs: count,
  },
  ['failure', 'address', 'submittedAt', 'runningAt', 'stable', 'ended', 'endedAt'],
);

const incident = record<Incident>(
  {
    id: fc.nat(),
    run: endedRun,
    state: fc.constantFrom(...INCIDENT_STATES),
    reason: fc.constantFrom(...ALL_REASONS),
    detail: anyText,
    openedAt: time,
    since: time,
    closedAt: time,
    triggers: fc.array(trigger, { maxLength: 3 }),
    order,
    policy: anyText,
    attempts: fc.array(attempt, { maxLength: 3 }),
    wouldSend: request,
  },
  ['reason', 'closedAt', 'order', 'policy', 'wouldSend'],
);

/** Incidents 1, 2, … of different runs, with attempts 1, 2, … of different job ids. */
export const incidents: fc.Arbitrary<Incident[]> = fc.array(incident, { maxLength: 4 }).map((all) =>
  all.map((one, index) => ({
    ...one,
    id: index + 1,
    run: { ...one.run, jobId: `${one.run.jobId}${String(index)}` },
    attempts: one.attempts.map((some, before) => ({
      ...some,
      number: before + 1,
      request: { ...some.request, jobId: `${some.request.jobId}${String(index)}-${String(before)}` },
    })),
  })),
);

export const repairs: fc.Arbitrary<JobRepairs> = record<JobRepairs>(
  {
    cluster: key,
    name: key,
    intents: fc.array(time, { maxLength: 5 }),
    sinceStable: count,
    resetAt: time,
    lastFailedAt: time,
    exhausted: fc.boolean(),
    results: fc.record({ succeeded: count, failed: count, unconfirmed: count, withdrawn: count }),
  },
  ['resetAt', 'lastFailedAt'],
);

/** Of incident 1 or 2. */
export const event = record<IncidentEvent>(
  {
    incident: fc.constantFrom(1, 2),
    at: time,
    kind: fc.constantFrom('opened', 'joined', 'deferred', 'refused', 'attempt_failed', 'closed'),
    reason: fc.oneof(fc.constantFrom(...ALL_REASONS), attemptFailure),
    detail: text,
  },
  ['reason'],
);

/** Of incident 1 or 2, or of none. */
export const delivery = record<Delivery>(
  {
    fingerprint: key,
    startsAt: fc.constantFrom(1, 2),
    status: fc.constantFrom('firing', 'resolved'),
    alertname: text,
    cluster: text,
    jobName: text,
    jobId: text,
    firstAt: time,
    lastAt: time,
    count,
    outcome: fc.constantFrom('opened', 'joined', 'stored', 'withdrawn', 'ignored'),
    reason: fc.constantFrom(...IGNORED_REASONS),
    incident: fc.constantFrom(1, 2),
  },
  ['reason', 'incident'],
);

export const notification: fc.Arbitrary<Notification> = fc.record({
  id: key,
  url: fc.constantFrom('http://a/', 'http://b/'),
  event: fc.constantFrom('incident', 'final_status'),
  createdAt: time,
  body: text,
  tries: count,
  nextTryAt: time,
});
