/** What can speak against a restart: every reason, with the situations and looks that give it. */

import type { Reason } from '../../../../src/core/restart/reasons.ts';
import type { FreshLook, RestoreEvidence, Situation } from '../../../../src/core/restart/situation.ts';
import { checkpoint } from '../../support/facts.ts';
import {
  ATTEMPT_ID,
  attemptWith,
  END,
  ended,
  endedRun,
  exactly,
  HOUR,
  ID,
  incidentWith,
  job,
  live,
  lookWith,
  NOW,
  OFFSET,
  OTHER_ID,
  policyWith,
  repairsWith,
  runWith,
  situationWith,
  SNAPSHOT,
  START,
  trigger,
  twice,
  REQUEST,
} from './situation.ts';

export interface Case {
  readonly what: string;
  readonly situation?: Partial<Situation>;
  readonly looks?: readonly FreshLook[];
  readonly found?: RestoreEvidence;
  readonly problem?: string;
  readonly detail?: string;
  readonly until?: number;
}

export const FAILURE = {
  exception: 'java.lang.Error',
  message: 'boom',
  task: '',
  labels: 'area=x,type=USER',
  timestamp: END,
};
export const OPEN_BREAKER = { openedAt: NOW - 60_000, coolDownMs: 300_000, detail: '30 of 40 jobs failed' };
export const STOPPED = {
  completed: { carried: 0, current: 1 },
  failed: { carried: 0, current: 0 },
  readAfterEnd: true,
  lastSavepoint: checkpoint(42, { kind: 'savepoint', completedAt: END - 60_000 }),
};
export const rules = situationWith().rules;
export const later = { jobId: OTHER_ID, startTime: END + 5_000 };

/** For each reason what makes a decision object with it. */
export const CASES: Readonly<Record<Reason, readonly Case[]>> = {
  no_policy: [{ what: 'no policy matches', situation: { policy: undefined }, detail: 'no policy matches job orders' }],
  not_opted_in: [
    {
      what: 'an alert that the policy does not list',
      situation: { incident: incidentWith({ triggers: [trigger({ name: 'Other' })] }) },
      detail: 'policy orders does not list what asked: alert Other',
    },
    {
      what: 'the watchdog, switched off',
      situation: { incident: incidentWith({ triggers: [trigger({ kind: 'watchdog', name: '' })] }) },
    },
    { what: 'a failure, where only VANISHED is wanted', situation: { policy: policyWith({ on: ['VANISHED'] }) } },
  ],
  mode_off: [{ what: 'mode off', situation: { rules: { ...rules, mode: 'off' } } }],
  paused: [{ what: 'paused', situation: { paused: true } }],
  maintenance_window: [
    {
      what: 'an open window',
      // 2026-03-01 is a Sunday.
      situation: { policy: policyWith({ windows: [{ days: ['sat'], from: 1320, to: 721, timeZone: 'UTC' }] }) },
      detail: 'a maintenance window is open: sat 22:00 to 12:01 UTC',
    },
  ],
  too_late: [
    {
      what: 'ended longer ago than act_within',
      situation: { at: END - OFFSET + HOUR + 1 },
      detail: 'the run ended at 2026-03-01T11:59:00.000Z, to be acted on until 2026-03-01T12:59:00.000Z',
    },
  ],
  before_armed: [
    {
      what: 'ended before the ledger began',
      situation: { armed: { ledger: NOW - 59_999 } },
      detail: 'the ledger began',
    },
    { what: 'ended before the switch to on', situation: { armed: { ledger: 0, mode: NOW - 59_999 } } },
    { what: 'ended before the policy was loaded', situation: { armed: { ledger: 0, policy: NOW - 59_999 } } },
    {
      what: 'ended before the policy was changed, and asked for after it',
      situation: { armed: { ledger: 0, scope: NOW - 59_999 } },
      detail: 'match, on or triggers',
    },
    {
      what: 'the first run did, its attempt did not',
      situation: {
        armed: { ledger: NOW - 100_000 },
        incident: incidentWith({ run: endedRun({ endTime: END - HOUR }) }),
      },
    },
  ],
  exhausted: [
    {
      what: 'used up, and never stable since',
      situation: { repairs: repairsWith({ exhausted: true, intents: [NOW - 2 * HOUR] }) },
      detail: 'the last at 2026-03-01T10:00:00.000Z',
    },
  ],
  vanished_under_ha: [
    {
      what: 'vanished where another JobManager may bring it back',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'], vanishedWaitMs: 0 }) }),
      looks: twice({ highlyAvailable: true }),
    },
  ],
  in_progress: [{ what: 'another incident', situation: { otherIncident: 3 }, detail: 'incident 3 of this job' }],
  vanished_wait: [
    {
      what: 'noticed a moment ago',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'] }) }),
      until: NOW - 50_000 + 600_000,
    },
  ],
  end_wait: [
    {
      what: 'the policy waits',
      situation: { policy: policyWith({ waitMs: 60_001 }) },
      until: NOW + 1,
      detail: 'policy orders waits until 2026-03-01T12:00:00.001Z',
    },
  ],
  superseded: [
    {
      what: 'a known run began at the end',
      situation: { sameName: [runWith(), live({ ...later, startTimes: [END] })] },
    },
    {
      what: 'a known run began later, and has ended',
      situation: {
        sameName: [runWith(), runWith({ jobId: OTHER_ID, startTimes: [END + 1], final: finalAt(END + 2) })],
      },
    },
    { what: 'one is listed that began at the end', looks: twice({ jobs: [job({ ...later, startTime: END })] }) },
    { what: 'one is listed', looks: twice({ jobs: [job(later)] }), detail: `run ${OTHER_ID} began at` },
    { what: 'one is listed, ended', looks: twice({ jobs: [job({ ...later, state: 'FINISHED' })] }) },
    { what: 'only its id gives it away', looks: twice({ byId: new Map([[OTHER_ID, job(later)]]) }) },
    { what: 'the same id, submitted again', looks: twice({ jobs: [job({ startTime: END + 1 })] }) },
    {
      what: 'on another cluster, by its clock',
      looks: twice({
        elsewhere: [{ cluster: 'b', clockOffsetMs: -5_000, job: job({ ...later, startTime: END - 15_000 }) }],
      }),
      detail: 'on cluster b',
    },
    {
      what: 'another name, from a checkpoint in its folder',
      looks: twice({
        jobs: [job({ ...later, name: 'orders-copy' })],
        restoredFrom: new Map([[OTHER_ID, `s3://b/${ID}/chk-2`]]),
      }),
      detail: `job ${OTHER_ID} was started from its snapshot s3://b/${ID}/chk-2`,
    },
    {
      what: 'another name, from its savepoint, written differently',
      situation: {
        run: runWith({
          checkpoints: { ...STOPPED, lastSavepoint: checkpoint(3, { path: 'file:/savepoints/a', completedAt: START }) },
        }),
      },
      looks: twice({
        jobs: [job({ ...later, name: 'orders-copy' })],
        restoredFrom: new Map([[OTHER_ID, 'file:///savepoints/a/_metadata']]),
      }),
    },
    {
      what: 'another name, from the path that a person gave for an attempt',
      situation: {
        incident: incidentWith({
          attempts: [
            attemptWith({
              state: 'failed',
              request: {
                ...REQUEST,
                restore: { path: '/savepoints/a/', claimMode: 'NO_CLAIM', allowNonRestoredState: false },
              },
            }),
          ],
        }),
      },
      looks: twice({
        jobs: [job({ ...later, name: 'orders-copy' })],
        restoredFrom: new Map([[OTHER_ID, 'file:/savepoints/a']]),
      }),
    },
  ],
  finished: [{ what: 'finished', situation: ended('FINISHED') }],
  canceled: [{ what: 'cancelled', situation: ended('CANCELED') }],
  not_failed: [{ what: 'vanished', situation: ended('VANISHED', { policy: policyWith({ vanishedWaitMs: 0 }) }) }],
  stopped_on_purpose: [
    {
      what: 'stop with savepoint, though FINISHED is wanted',
      situation: ended('FINISHED', {
        policy: policyWith({ on: ['FINISHED'] }),
        run: runWith({ checkpoints: STOPPED }),
      }),
      detail: 'with a savepoint at 2026-03-01T11:58:10.000Z',
    },
    {
      what: 'only the JobManager knows of the savepoint',
      situation: ended('FINISHED', { policy: policyWith({ on: ['FINISHED'] }) }),
      looks: twice({
        checkpoints: { restored: 0, completed: 1, failed: 0, latestSavepoint: STOPPED.lastSavepoint },
      }),
    },
    {
      what: 'cancel with savepoint',
      situation: ended('CANCELED', {
        policy: policyWith({ on: ['CANCELED'] }),
        run: runWith({ checkpoints: STOPPED }),
      }),
    },
  ],
  ambiguous_name: [
    { what: 'a batch job', situation: { run: runWith({ jobType: 'BATCH' }) } },
    {
      what: 'two runs were alive together',
      situation: {
        sameName: [runWith(), runWith({ jobId: OTHER_ID, startTimes: [START - 1], final: finalAt(END - 1) })],
      },
      detail: `runs ${ID} and ${OTHER_ID} of orders were alive together`,
    },
  ],
  cannot_verify: [
    {
      what: 'nobody answers',
      looks: [lookWith({ problem: 'http://jm:8081 does not answer' })],
      detail: 'http://jm:8081',
    },
    { what: 'nobody was asked', looks: [] },
    { what: 'an id is not answered', looks: twice({ byId: new Map([[ID, 'unanswered']]) }), detail: ID },
    { what: 'a live run came between two looks', looks: [lookWith(), lookWith({ jobs: [job(later)] })] },
    { what: 'a live run left between two looks', looks: [lookWith({ jobs: [job(later)] }), lookWith()] },
    { what: 'the JobManager was another process', looks: [lookWith(), lookWith({ process: '/tmp/flink-web-2' })] },
    {
      what: 'how another run ended is not known',
      situation: { sameName: [runWith(), live({ jobId: OTHER_ID, state: 'UNKNOWN' })] },
      looks: twice({ byId: new Map([[OTHER_ID, 'not_found']]) }),
      detail: `how run ${OTHER_ID} ended is not known: it is UNKNOWN`,
    },
    {
      what: 'the JobManager knows how a vanished run ended',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'], vanishedWaitMs: 0 }) }),
      looks: twice({ byId: new Map([[ID, job({ state: 'CANCELED', endTime: END })]]) }),
    },
  ],
  already_running: [
    {
      what: 'the run itself is back',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'], vanishedWaitMs: 0 }) }),
      looks: twice({ jobs: [job({ startTime: END + 1, state: 'RESTARTING' })] }),
      detail: `run ${ID}, begun at 2026-03-01T11:59:10.001Z, is RESTARTING`,
    },
    {
      what: 'a run that began before the end lives on, left out of the list',
      situation: { sameName: [runWith(), live({ jobId: OTHER_ID })] },
      looks: twice({ byId: new Map([[OTHER_ID, job({ jobId: OTHER_ID })]]) }),
    },
    {
      what: 'it lives on after a failover',
      situation: { sameName: [runWith(), live({ jobId: OTHER_ID })] },
      looks: twice({ jobs: [job({ jobId: OTHER_ID, startTime: END + 1 })] }),
    },
    {
      what: 'the run of an attempt, whatever its name',
      situation: { attemptJobIds: new Set([ATTEMPT_ID]) },
      looks: twice({ jobs: [job({ jobId: ATTEMPT_ID, name: 'renamed', startTime: END + 1, state: 'SUSPENDED' })] }),
    },
    {
      what: 'the run of an attempt, from the snapshot that it was given',
      situation: { attemptJobIds: new Set([ATTEMPT_ID]) },
      looks: twice({
        jobs: [job({ jobId: ATTEMPT_ID, startTime: END + 1 })],
        restoredFrom: new Map([[ATTEMPT_ID, SNAPSHOT.path]]),
      }),
    },
    { what: 'its id, under another name', looks: twice({ jobs: [job({ name: 'renamed' })] }) },
  ],
  duplicate_running: [
    {
      what: 'two are alive',
      looks: twice({ jobs: [job(later)], byId: new Map([['3', job({ jobId: '3', state: 'INITIALIZING' })]]) }),
      detail: `alive are ${OTHER_ID}, 3`,
    },
  ],
  failure_class: [
    {
      what: 'an exception',
      situation: {
        run: runWith({ lastFailure: FAILURE }),
        policy: policyWith({ neverOn: { exceptions: [exactly('java.lang.Error')], failureLabels: {} } }),
      },
      detail: 'java.lang.Error is in never_on.exceptions as java.lang.Error: boom',
    },
    {
      what: 'a label',
      situation: {
        run: runWith({ lastFailure: FAILURE }),
        policy: policyWith({ neverOn: { exceptions: [], failureLabels: { other: 'x', type: 'USER' } } }),
      },
      detail: 'failure label type=USER',
    },
  ],
  budget_exhausted: [
    {
      what: 'all attempts are made',
      situation: { repairs: repairsWith({ intents: [NOW - HOUR + 1, NOW - 2, NOW + 5] }) },
      detail: 'all 3 attempts were made since 2026-03-01T11:00:00.000Z',
    },
    { what: 'a budget of nothing', situation: { policy: policyWith({ budget: { attempts: 0, perMs: HOUR } }) } },
  ],
  global_budget: [{ what: 'enough in this hour', situation: { intentsLastHour: 20 } }],
  concurrency: [{ what: 'enough at once', situation: { underWay: 2 } }],
  back_off: [
    {
      what: 'the second attempt',
      situation: { repairs: repairsWith({ sinceStable: 2, intents: [NOW - 50_000], lastFailedAt: NOW - 19_999 }) },
      until: NOW + 1,
    },
    {
      what: 'an attempt whose end nobody noted',
      situation: { repairs: repairsWith({ sinceStable: 1, intents: [NOW - 9_999] }) },
      until: NOW + 1,
    },
  ],
  breaker_open: [
    {
      what: 'cooling down',
      situation: { breaker: OPEN_BREAKER },
      until: NOW + 240_000,
      detail: '30 of 40 jobs failed',
    },
    { what: 'another one probes', situation: { breaker: { ...OPEN_BREAKER, coolDownMs: 1, probe: 3 } } },
  ],
  no_restore_point: [{ what: 'no snapshot', found: { existence: 'none', detail: 'never completed' } }],
  restore_point_too_old: [
    {
      what: 'an old one',
      situation: { policy: policyWith({ restore: { ...policyWith().restore, maxAgeMs: 60_999 } }) },
      detail: 'was completed at 2026-03-01T11:58:59.000Z, to be used until 2026-03-01T11:59:59.999Z',
    },
  ],
  restore_point_missing: [
    { what: 'it is gone', found: { snapshot: SNAPSHOT, existence: 'missing', detail: 'no _metadata' } },
    {
      what: 'what a person ordered is gone, under prefer',
      situation: {
        policy: policyWith({ restore: { ...policyWith().restore, policy: 'prefer' } }),
        incident: incidentWith({ order: { at: NOW, from: '/x', lift: [] } }),
      },
      found: { snapshot: { path: '/x', kind: 'savepoint' }, existence: 'missing', detail: 'no _metadata' },
    },
  ],
  restore_point_uncertain: [
    { what: 'a newer one may exist', found: { snapshot: SNAPSHOT, existence: 'uncertain', detail: 'vanished' } },
  ],
  jar_unreadable: [{ what: 'no jar', problem: 'ENOENT', detail: 'ENOENT' }],
  dry_run: [{ what: 'dry run', situation: { rules: { ...rules, mode: 'dry_run' } } }],
};

export function finalAt(endTime: number): NonNullable<ReturnType<typeof runWith>['final']> {
  return { status: 'FAILED', source: 'live', endTime, recordedAt: NOW };
}
