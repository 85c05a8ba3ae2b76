import { describe, expect, it } from 'vitest';
import { decide, objectionNow, resumeObjection } from '../../../src/core/restart/decide.ts';
import { ALL_REASONS, REASONS, STAGES } from '../../../src/core/restart/reasons.ts';
import { checkpoint } from '../support/facts.ts';
import { type Case, finalAt, later, STOPPED } from './support/look-objections.ts';
import { CASES, FAILURE, OPEN_BREAKER, rules } from './support/objections.ts';
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
  runWith,
  situationWith,
  SNAPSHOT,
  START,
  trigger,
  twice,
  REQUEST,
} from './support/situation.ts';

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

  it('counts the time that looking took into the back-off', async () => {
    const situation = situationWith({ repairs: repairsWith({ sinceStable: 1, lastFailedAt: NOW - 1 }) });
    const lookedAt = async (at: number) =>
      (await decide(situation, new PreparedEvidence({ looks: [lookWith(), lookWith({ at })] }))).verdict;
    expect(await lookedAt(NOW + 9_998)).toMatchObject({ reason: 'back_off', until: NOW + 9_999 });
    expect(await lookedAt(NOW + 9_999)).toMatchObject({ decision: 'accepted' });
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
    { what: 'a policy that was changed after it was asked', situation: { armed: { ledger: 0, scope: NOW - 29_999 } } },
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
      what: 'a job of the same name on another cluster, restarted there by flink-medic',
      situation: { isRepairElsewhere: (cluster, jobId) => cluster === 'b' && jobId === OTHER_ID },
      looks: twice({
        elsewhere: [{ cluster: 'b', clockOffsetMs: OFFSET, job: job({ jobId: OTHER_ID, startTime: END + 1_000 }) }],
      }),
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
