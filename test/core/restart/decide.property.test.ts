import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import assert from 'node:assert/strict';
import { decide } from '../../../src/core/restart/decide.ts';
import { LIFTABLE, STAGES } from '../../../src/core/restart/reasons.ts';
import type { FreshLook, RestoreEvidence, Situation } from '../../../src/core/restart/situation.ts';
import type { RestartMode } from '../../../src/core/restart/policy.ts';
import { FINAL_STATUSES, type FinalStatus, FLINK_STATES, isEnded } from '../../../src/core/states.ts';
import {
  ATTEMPT_ID,
  END,
  endedRun,
  HOUR,
  ID,
  incidentWith,
  job,
  live,
  lookWith,
  NOW,
  OTHER_ID,
  policyWith,
  PreparedEvidence,
  repairsWith,
  runWith,
  situationWith,
  SNAPSHOT,
  START,
} from './support/situation.ts';

/** Mostly what does not object, or nearly nothing would be accepted. */
function seldom<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const startTimes = fc.constantFrom(START - HOUR, START, END - 1, END, END + 1);
const anyJob = fc
  .record({
    jobId: fc.constantFrom(ID, OTHER_ID, ATTEMPT_ID, '4'),
    name: fc.constantFrom('orders', 'payments'),
    state: fc.constantFrom(...FLINK_STATES),
    startTime: startTimes,
  })
  .map((change) => job(change));
const anyLook: fc.Arbitrary<FreshLook> = fc
  .record({
    jobs: fc.array(anyJob, { maxLength: 2 }),
    byId: fc.array(fc.tuple(fc.constantFrom(ID, OTHER_ID), fc.oneof(anyJob, fc.constant('not_found' as const))), {
      maxLength: 1,
    }),
    highlyAvailable: seldom(false, true),
  })
  .map(({ byId, ...rest }) => lookWith({ ...rest, byId: new Map(byId) }));
/** Two that agree, most of the time: the job ended and nobody shows it. */
const anyLooks = fc.oneof(
  { weight: 3, arbitrary: fc.constant([lookWith(), lookWith()]) },
  { weight: 3, arbitrary: anyLook.map((look) => [look, look]) },
  { weight: 1, arbitrary: fc.tuple(anyLook, anyLook) },
  { weight: 1, arbitrary: fc.constant([lookWith({ problem: 'no answer' })]) },
);
const anyFound: fc.Arbitrary<RestoreEvidence> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ snapshot: SNAPSHOT, existence: 'present' as const, detail: '' }) },
  fc.constantFrom('missing', 'uncertain', 'unverifiable').map((existence) => ({
    snapshot: SNAPSHOT,
    existence,
    detail: '',
  })),
  fc.constant({ existence: 'none' as const, detail: '' }),
);
const anySituation: fc.Arbitrary<Situation> = fc
  .record({
    status: seldom<FinalStatus>('FAILED', 'FINISHED', 'CANCELED', 'VANISHED'),
    on: seldom<readonly FinalStatus[]>(FINAL_STATUSES, ['FAILED'], []),
    mode: seldom<RestartMode>('on', 'dry_run', 'off'),
    at: seldom(NOW, NOW + HOUR, NOW + 2 * HOUR),
    paused: seldom(false, true),
    lift: seldom([], [...LIFTABLE]),
    restore: fc.constantFrom('require', 'prefer', 'none'),
    intents: seldom([], [NOW - 1, NOW - 2, NOW - 3], [NOW - 2 * HOUR]),
    exhausted: seldom(false, true),
    sinceStable: seldom(0, 1, 50),
    underWay: seldom(0, 2),
    openedAt: seldom(undefined, NOW, NOW - HOUR),
    other: seldom(undefined, 'live', 'successor', 'before'),
    batch: fc.boolean(),
    armed: seldom(0, NOW),
  })
  .map((any) => {
    const final = { status: any.status, source: 'live', endTime: END, recordedAt: NOW - HOUR } as const;
    const run = runWith({ state: any.status, final });
    const others = {
      live: live({ jobId: OTHER_ID, startTimes: [START - HOUR] }),
      successor: runWith({ jobId: OTHER_ID, startTimes: [END] }),
      before: runWith({ jobId: OTHER_ID, startTimes: [1], final: { ...final, endTime: START } }),
    };
    const { rules, breaker } = situationWith();
    return situationWith({
      at: any.at,
      ended: endedRun({ status: any.status }),
      run,
      sameName: any.other === undefined ? [run] : [run, others[any.other as keyof typeof others]],
      incident: incidentWith({ run: endedRun({ status: any.status }), order: { at: NOW, lift: any.lift } }),
      policy: policyWith({ on: any.on, batch: any.batch, restore: { ...policyWith().restore, policy: any.restore } }),
      rules: { ...rules, mode: any.mode },
      paused: any.paused,
      armed: { ledger: any.armed },
      repairs: repairsWith({ intents: any.intents, exhausted: any.exhausted, sinceStable: any.sinceStable }),
      underWay: any.underWay,
      breaker: any.openedAt === undefined ? breaker : { openedAt: any.openedAt, coolDownMs: 60_000, detail: '' },
    });
  });

const RUNS = { numRuns: 2_000 };

describe('whatever is decided', () => {
  it('is accepted only on looks that show no live run of the job, and with everything asked for', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(anySituation, anyLooks, anyFound, async (situation, looks, found) => {
        const evidence = new PreparedEvidence({ looks, found });
        const { verdict } = await decide(situation, evidence);
        if (verdict.decision !== 'accepted') return;
        accepted += 1;
        assert.equal(situation.rules.mode, 'on');
        assert.deepEqual([evidence.asked[0], evidence.asked.at(-1)], ['looks', 'request']);
        const shown = looks.flatMap(({ jobs, byId }) => [...jobs, ...byId.values()]);
        for (const one of shown) {
          assert.ok(typeof one === 'string' || one.name !== 'orders' || isEnded(one.state), 'a live run was shown');
        }
        assert.ok(
          situation.sameName.every(({ final }) => final !== undefined),
          'a live run is known',
        );
        if (situation.policy?.restore.policy === 'require') assert.ok(evidence.restore?.snapshot, 'no snapshot');
      }),
      RUNS,
    );
    assert.ok(accepted > RUNS.numRuns / 50, `only ${String(accepted)} were accepted: this shows nothing`);
  });

  it('asks for nothing that a stage before made needless', async () => {
    await fc.assert(
      fc.asyncProperty(anySituation, anyLooks, anyFound, async (situation, looks, found) => {
        const evidence = new PreparedEvidence({ looks, found });
        const { stages } = await decide(situation, evidence);
        const reached = STAGES.indexOf(stages.at(-1)?.stage as (typeof STAGES)[number]);
        const asked = evidence.asked.length;
        if (reached < STAGES.indexOf('subject')) assert.equal(asked, 0);
        if (reached < STAGES.indexOf('restore_point')) assert.ok(asked <= 1);
        if (reached < STAGES.indexOf('mode')) assert.ok(!evidence.asked.includes('request'));
      }),
      RUNS,
    );
  });

  it('never becomes accepted by one more thing that speaks against it', async () => {
    const against: readonly ((situation: Situation) => Situation)[] = [
      (situation) => ({ ...situation, policy: undefined }),
      (situation) => ({ ...situation, paused: true }),
      (situation) => ({ ...situation, rules: { ...situation.rules, mode: 'dry_run' } }),
      (situation) => ({ ...situation, otherIncident: 1 }),
      (situation) => ({ ...situation, underWay: situation.underWay + 2 }),
      (situation) => ({ ...situation, intentsLastHour: 20 }),
      (situation) => ({ ...situation, breaker: { openedAt: situation.at, coolDownMs: 1, detail: '' } }),
      (situation) => ({ ...situation, sameName: [...situation.sameName, live({ jobId: '5' })] }),
    ];
    await fc.assert(
      fc.asyncProperty(anySituation, anyLooks, fc.constantFrom(...against), async (situation, looks, add) => {
        const { verdict } = await decide(add(situation), new PreparedEvidence({ looks }));
        assert.notEqual(verdict.decision, 'accepted');
      }),
      RUNS,
    );
  });
});
