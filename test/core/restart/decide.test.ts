import { describe, expect, it } from 'vitest';
import { decide, objectionNow, resumeObjection } from '../../../src/core/restart/decide.ts';
import { ALL_REASONS, type Reason, REASONS, STAGES } from '../../../src/core/restart/reasons.ts';
import type { FreshLook, RestoreEvidence, Situation } from '../../../src/core/restart/situation.ts';
import { checkpoint } from '../support/facts.ts';
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
  ordering,
  OTHER_ID,
  policyWith,
  PreparedEvidence,
  repairsWith,
  REQUEST,
  runWith,
  situationWith,
  SNAPSHOT,
  START,
  trigger,
  twice,
} from './support/situation.ts';

interface Case {
  readonly what: string;
  readonly situation?: Partial<Situation>;
  readonly looks?: readonly FreshLook[];
  readonly found?: RestoreEvidence;
  readonly problem?: string;
  readonly detail?: string;
  readonly until?: number;
}

const FAILURE = { exception: 'java.lang.Error', message: 'boom', task: '', labels: 'area=x,type=USER', timestamp: END };
const OPEN_BREAKER = { openedAt: NOW - 60_000, coolDownMs: 300_000, detail: '30 of 40 jobs failed' };
const STOPPED = {
  completed: { carried: 0, current: 1 },
  failed: { carried: 0, current: 0 },
  readAfterEnd: true,
  lastSavepoint: checkpoint(42, { kind: 'savepoint', completedAt: END - 60_000 }),
};
const rules = situationWith().rules;
const later = { jobId: OTHER_ID, startTime: END + 5_000 };

const CASES: Readonly<Record<Reason, readonly Case[]>> = {
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

function finalAt(endTime: number): NonNullable<ReturnType<typeof runWith>['final']> {
  return { status: 'FAILED', source: 'live', endTime, recordedAt: NOW };
}

describe('a decision', () => {
  it('accepts what nothing speaks against, with the process that was seen', async () => {
    const evidence = new PreparedEvidence();
    expect(await decide(situationWith(), evidence)).toEqual({
      verdict: {
        decision: 'accepted',
        request: { ...REQUEST, restoreDetail: 'checkpoint 41' },
        process: '/tmp/flink-web-1',
      },
      stages: STAGES.map((stage) => ({ stage })),
    });
    expect(evidence.asked).toEqual(['looks', 'restorePoint', 'request']);
  });

  const cases = ALL_REASONS.flatMap((reason) => CASES[reason].map((item) => ({ reason, ...item })));
  it.each(cases)('objects with $reason: $what', async ({ reason, situation, detail, until, ...gathered }) => {
    const { verdict, stages } = await decide(situationWith(situation), new PreparedEvidence(gathered));
    expect(verdict).toMatchObject({
      decision: REASONS[reason].decision,
      reason,
      detail: expect.stringContaining(detail ?? ''),
    });
    expect('until' in verdict ? verdict.until : undefined).toBe(until);
    expect(stages.map(({ stage }) => stage)).toEqual(STAGES.slice(0, stages.length));
    const objecting = stages.filter(({ objection }) => objection !== undefined);
    expect(objecting).toMatchObject([{ stage: REASONS[reason].stage, objection: { reason } }]);
  });

  it('has a case for every reason', () => {
    expect(Object.values(CASES).every((list) => list.length > 0)).toBe(true);
  });

  it('says in dry run what would have been sent', async () => {
    const { verdict } = await decide(situationWith({ rules: { ...rules, mode: 'dry_run' } }), new PreparedEvidence());
    expect(verdict).toMatchObject({ reason: 'dry_run', request: REQUEST_FROM_41 });
  });

  const notObjected: readonly Case[] = [
    {
      what: 'a withdrawn alert',
      situation: { incident: incidentWith({ triggers: [trigger({ withdrawn: true })] }) },
    },
    {
      what: 'a person',
      situation: { incident: incidentWith({ triggers: [trigger({ kind: 'person', name: 'ann' })] }) },
    },
    { what: 'too_late, lifted', situation: { at: NOW + HOUR, incident: ordering('too_late') } },
    { what: 'before_armed, lifted', situation: { armed: { ledger: NOW }, incident: ordering('before_armed') } },
    {
      what: 'exhausted, lifted',
      situation: {
        repairs: repairsWith({
          exhausted: true,
          sinceStable: 3,
          intents: [NOW - 3, NOW - 2, NOW - 1],
          lastFailedAt: NOW,
        }),
        incident: ordering('exhausted'),
      },
    },
    { what: 'the very last moment', situation: { at: END - OFFSET + HOUR } },
    {
      what: 'VANISHED without high availability',
      situation: ended('VANISHED', { policy: policyWith({ on: ['VANISHED'], vanishedWaitMs: 50_000 }) }),
    },
    {
      what: 'FINISHED, wanted, with a savepoint long before',
      situation: ended('FINISHED', {
        policy: policyWith({ on: ['FINISHED'] }),
        run: runWith({
          checkpoints: { ...STOPPED, lastSavepoint: checkpoint(1, { kind: 'savepoint', completedAt: END - 60_001 }) },
        }),
      }),
    },
    {
      what: 'a run that failed right after a savepoint',
      situation: { run: runWith({ checkpoints: STOPPED }) },
    },
    {
      what: 'the run itself, shown as it ended',
      looks: twice({
        jobs: [job({ state: 'FAILED', endTime: END })],
        byId: new Map([[ID, job({ state: 'FAILED', endTime: END })]]),
      }),
    },
    {
      what: 'a run that ended in the moment in which it began',
      situation: {
        ended: endedRun({ lastStart: END }),
        run: runWith({ startTimes: [END] }),
        sameName: [runWith({ startTimes: [END] })],
      },
      looks: twice({ jobs: [job({ state: 'FAILED', startTime: END, endTime: END })] }),
    },
    {
      what: 'the job of this name on another cluster, begun before',
      looks: twice({ elsewhere: [{ cluster: 'b', clockOffsetMs: OFFSET, job: job({ jobId: OTHER_ID }) }] }),
    },
    {
      what: 'another job, from its own state',
      looks: twice({
        jobs: [job({ ...later, name: 'payments' })],
        restoredFrom: new Map([[OTHER_ID, 'file:/checkpoints/other/chk-1']]),
      }),
    },
    {
      what: 'an earlier run that ended before this one began',
      situation: { sameName: [runWith(), runWith({ jobId: OTHER_ID, startTimes: [1], final: finalAt(START) })] },
    },
    {
      what: 'an overlap of days ago',
      situation: {
        run: runWith({ startTimes: [END - 9 * 86_400_000] }),
        sameName: [runWith({ jobId: OTHER_ID, startTimes: [1], final: finalAt(END - 8 * 86_400_000) })],
      },
    },
    {
      what: 'an overlap and a batch job, where the policy allows it',
      situation: {
        policy: policyWith({ batch: true }),
        run: runWith({ jobType: 'BATCH' }),
        sameName: [runWith({ jobId: OTHER_ID, final: finalAt(END - 1) })],
      },
    },
    {
      what: 'the next attempt, answering the end of the one before',
      situation: {
        ended: endedRun({ jobId: ATTEMPT_ID, lastStart: END - 10_000 }),
        run: runWith({ jobId: ATTEMPT_ID, startTimes: [END - 10_000] }),
        incident: incidentWith({ run: endedRun({ endTime: END - 20_000 }), attempts: [attemptWith()] }),
        attemptJobIds: new Set([ATTEMPT_ID]),
        sameName: [
          runWith({ final: finalAt(END - 20_000) }),
          runWith({ jobId: ATTEMPT_ID, startTimes: [END - 10_000] }),
        ],
      },
    },
    {
      what: 'the run of an attempt that ended, and left the end before to be answered',
      situation: {
        attemptJobIds: new Set([ATTEMPT_ID]),
        sameName: [runWith(), runWith({ jobId: ATTEMPT_ID, startTimes: [END + 1], final: finalAt(END + 2) })],
      },
    },
    {
      what: 'an excluded cause of a run that did not fail',
      situation: ended('CANCELED', {
        run: runWith({ lastFailure: FAILURE }),
        policy: policyWith({
          on: ['CANCELED'],
          neverOn: { exceptions: [exactly('java.lang.Error')], failureLabels: {} },
        }),
      }),
    },
    { what: 'the incident that probes', situation: { breaker: { ...OPEN_BREAKER, coolDownMs: 1, probe: 7 } } },
    { what: 'the first that probes', situation: { breaker: { ...OPEN_BREAKER, coolDownMs: 60_000 } } },
    { what: 'a snapshot that cannot be seen', found: { snapshot: SNAPSHOT, existence: 'unverifiable', detail: 's3' } },
    {
      what: 'another cause than the excluded ones',
      situation: {
        run: runWith({ lastFailure: FAILURE }),
        policy: policyWith({
          neverOn: { exceptions: [exactly('java.lang')], failureLabels: { type: 'US', rea: 'x' } },
        }),
      },
    },
  ];
  it.each(notObjected)('does not object to $what', async ({ situation, looks, found }) => {
    const evidence = new PreparedEvidence({ ...(looks && { looks }), ...(found && { found }) });
    const { verdict } = await decide(situationWith(situation), evidence);
    expect(verdict).toMatchObject({ decision: 'accepted' });
  });

  it.each([
    { found: { existence: 'none', detail: 'never completed' } },
    { found: { snapshot: SNAPSHOT, existence: 'missing', detail: 'gone' } },
    { found: { snapshot: SNAPSHOT, existence: 'uncertain', detail: 'vanished' } },
    { found: { snapshot: { ...SNAPSHOT, completedAt: START }, existence: 'present', detail: 'old' } },
  ] as const)('starts without state under prefer: $found.detail', async ({ found }) => {
    const policy = policyWith({ restore: { ...policyWith().restore, policy: 'prefer', maxAgeMs: 600_000 } });
    const evidence = new PreparedEvidence({ found });
    const { verdict } = await decide(situationWith({ policy }), evidence);
    expect(verdict.decision).toBe('accepted');
    expect(evidence.restore).toEqual({ existence: 'none', detail: expect.stringContaining(found.detail) });
  });

  it('looks for no snapshot under none, unless a person names one', async () => {
    const policy = policyWith({ restore: { ...policyWith().restore, policy: 'none', maxAgeMs: 1 } });
    const none = new PreparedEvidence();
    expect((await decide(situationWith({ policy }), none)).verdict.decision).toBe('accepted');
    expect(none.asked).toEqual(['looks', 'request']);
    expect(none.restore).toEqual({ existence: 'none', detail: 'restore.policy is none' });

    const named = new PreparedEvidence();
    const incident = incidentWith({ order: { at: NOW, from: SNAPSHOT.path, lift: [] } });
    expect((await decide(situationWith({ policy, incident }), named)).verdict.decision).toBe('accepted');
    expect(named.restore?.snapshot).toBe(SNAPSHOT);
  });
});

const REQUEST_FROM_41 = { ...REQUEST, restoreDetail: 'checkpoint 41' };

describe('what is asked again right before the intent', () => {
  it('has no objection to what was accepted', () => {
    expect(objectionNow(situationWith())).toBeUndefined();
  });

  it.each([
    { reason: 'paused', change: { paused: true } },
    { reason: 'concurrency', change: { underWay: 2 } },
    { reason: 'dry_run', change: { rules: { ...rules, mode: 'dry_run' } } },
    { reason: 'superseded', change: { sameName: [live({ jobId: OTHER_ID, startTimes: [END + 1] })] } },
    { reason: 'cannot_verify', change: { run: live() } },
    { reason: 'failure_class', change: CASES.failure_class[0]?.situation },
  ] as const)('objects with $reason', ({ reason, change }) => {
    expect(objectionNow(situationWith(change))).toMatchObject({ reason });
  });
});

describe('sending what was decided before', () => {
  const evidence = new PreparedEvidence();

  it('needs no policy and no budget any more', async () => {
    const change = { policy: undefined, underWay: 9, repairs: repairsWith({ exhausted: true }) };
    expect(await resumeObjection(situationWith(change), evidence)).toBeUndefined();
  });

  it.each([
    { reason: 'mode_off', change: { rules: { ...rules, mode: 'off' } }, looks: twice({}) },
    { reason: 'dry_run', change: { rules: { ...rules, mode: 'dry_run' } }, looks: twice({}) },
    { reason: 'too_late', change: { at: NOW + HOUR }, looks: twice({}) },
    { reason: 'cannot_verify', change: {}, looks: [] },
    { reason: 'superseded', change: {}, looks: twice({ jobs: [job(later)] }) },
  ] as const)('is not done with $reason', async ({ reason, change, looks }) => {
    const objection = await resumeObjection(situationWith(change), new PreparedEvidence({ looks }));
    expect(objection).toMatchObject({ reason });
  });
});
