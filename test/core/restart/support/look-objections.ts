/** What a fresh look can say against a restart: the part of `objections.ts` that is about what the JobManagers say now. */

import type { Reason } from '../../../../src/core/restart/reasons.ts';
import type { FreshLook, RestoreEvidence, Situation } from '../../../../src/core/restart/situation.ts';
import { checkpoint } from '../../support/facts.ts';
import {
  ATTEMPT_ID,
  attemptWith,
  END,
  ended,
  ID,
  incidentWith,
  job,
  live,
  lookWith,
  NOW,
  OTHER_ID,
  REQUEST,
  policyWith,
  runWith,
  SNAPSHOT,
  START,
  twice,
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

export const STOPPED = {
  completed: { carried: 0, current: 1 },
  failed: { carried: 0, current: 0 },
  readAfterEnd: true,
  lastSavepoint: checkpoint(42, { kind: 'savepoint', completedAt: END - 60_000 }),
};
export const later = { jobId: OTHER_ID, startTime: END + 5_000 };

/** For each reason of this stage what makes a decision object with it. */
export const LOOK_CASES = {
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
} satisfies Partial<Record<Reason, readonly Case[]>>;

export function finalAt(endTime: number): NonNullable<ReturnType<typeof runWith>['final']> {
  return { status: 'FAILED', source: 'live', endTime, recordedAt: NOW };
}
