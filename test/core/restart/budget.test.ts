import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { attemptJobId } from '../../../src/core/restart/attempt-job-id.ts';
import { backOffMs } from '../../../src/core/restart/back-off.ts';
import {
  budgetSpent,
  intentsWithin,
  remaining,
  stabilised,
  withIntent,
  withResult,
} from '../../../src/core/restart/budget.ts';
import { MAX_INTENTS } from '../../../src/core/restart/incident.ts';
import { policyFor } from '../../../src/core/restart/policy-for.ts';
import { END, endedRun, exactly, HOUR, ID, NOW, policyWith, repairsWith, START } from './support/situation.ts';

const RULES = { initialMs: 10_000, factor: 2, maxMs: 60_000 };

describe('the back-off', () => {
  it('begins after the first attempt, grows, and ends at its limit', () => {
    expect([0, 1, 2, 3, 4, 5, 5_000].map((attempts) => backOffMs(RULES, attempts))).toEqual([
      0, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('never shrinks with more attempts', () => {
    const factor = fc.double({ min: 1, max: 100, noNaN: true });
    fc.assert(
      fc.property(factor, fc.nat({ max: 2_000 }), fc.nat(), (growth, attempts, initialMs) => {
        const rules = { initialMs, factor: growth, maxMs: 600_000 };
        assert.ok(backOffMs(rules, attempts) <= backOffMs(rules, attempts + 1));
        assert.ok(backOffMs(rules, attempts) <= rules.maxMs);
      }),
    );
  });
});

describe('the budget', () => {
  const policy = policyWith({ budget: { attempts: 3, perMs: HOUR } });

  it('slides: an intent counts until its time is over', () => {
    const repairs = repairsWith({ intents: [NOW - HOUR, NOW - HOUR + 1, NOW] });
    expect(intentsWithin(repairs, HOUR, NOW)).toBe(2);
    expect(remaining(repairs, policy, NOW)).toBe(1);
    expect(remaining(repairs, policy, NOW + 1)).toBe(2);
  });

  it('counts intents of the future: a clock was set back', () => {
    expect(remaining(repairsWith({ intents: [NOW + 1, NOW + 2, NOW + 3, NOW + 4] }), policy, NOW)).toBe(0);
  });

  it('keeps intents for the budget, and for the hour of the whole process', () => {
    const short = policyWith({ budget: { attempts: 3, perMs: 1 } });
    const before = repairsWith({ intents: [NOW - HOUR, NOW - HOUR + 1] });
    expect(withIntent(before, short, NOW)).toMatchObject({ intents: [NOW - HOUR + 1, NOW], sinceStable: 1 });
    const long = policyWith({ budget: { attempts: 3, perMs: HOUR + 1 } });
    expect(withIntent(before, long, NOW).intents).toEqual([NOW - HOUR, NOW - HOUR + 1, NOW]);
  });

  it('keeps a bounded number of them', () => {
    const many = repairsWith({ intents: Array.from({ length: MAX_INTENTS }, () => NOW) });
    const { intents } = withIntent(many, policy, NOW + 1);
    expect([intents.length, intents.at(-1)]).toEqual([MAX_INTENTS, NOW + 1]);
  });

  it('is never overdrawn by who asks first, and is whole again when its time is over', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: HOUR / 2 }), { maxLength: 60 }), (waits) => {
        let repairs = repairsWith();
        let now = NOW;
        const made: number[] = [];
        for (const wait of waits) {
          now += wait;
          if (remaining(repairs, policy, now) === 0) continue;
          repairs = withIntent(repairs, policy, now);
          made.push(now);
          assert.ok(made.filter((at) => now - at < HOUR).length <= 3);
        }
        assert.equal(remaining(repairs, policy, now + HOUR), 3);
      }),
    );
  });
});

describe('what is remembered of a job', () => {
  it('counts results, and notes when an attempt failed', () => {
    const failed = withResult(repairsWith(), 'failed', NOW);
    expect(failed).toMatchObject({ lastFailedAt: NOW, results: { failed: 1, succeeded: 0 } });
    expect(withResult(failed, 'succeeded', NOW + 1)).toMatchObject({
      lastFailedAt: NOW,
      results: { failed: 1, succeeded: 1 },
    });
  });

  it('is exhausted until it ran stably', () => {
    const spent = budgetSpent(repairsWith({ intents: [NOW], sinceStable: 3, lastFailedAt: NOW }));
    expect(spent.exhausted).toBe(true);
    expect(budgetSpent(spent)).toBe(spent);
    expect(stabilised(spent)).toEqual(repairsWith({ intents: [NOW] }));
  });
});

describe('the policy of a job', () => {
  it('is the first that matches cluster and name', () => {
    const policies = [
      policyWith({ name: 'a', match: { cluster: exactly('test'), jobName: exactly('orders') } }),
      policyWith({ name: 'b' }),
      policyWith({ name: 'c' }),
    ];
    expect(policyFor(policies, 'prod', 'orders')?.name).toBe('b');
    expect(policyFor(policies, 'prod', 'payments')).toBeUndefined();
  });
});

describe('the job id of an attempt', () => {
  it('is part of the contract with every other flink-medic', () => {
    // printf '["flink-medic","11111111111111111111111111111111",1772366350000]' | sha256sum
    expect(END).toBe(1_772_366_350_000);
    expect(attemptJobId(endedRun())).toBe('c5be497e29e2c2089bee3a2109e13aee');
  });

  it('depends on run and end, and on nothing else', () => {
    const ids = [
      attemptJobId(endedRun()),
      attemptJobId(endedRun({ jobId: '2'.repeat(32) })),
      attemptJobId(endedRun({ endTime: END + 1 })),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(attemptJobId(endedRun({ cluster: 'test', generation: 9, name: 'other', lastStart: 3 }))).toBe(ids[0]);
  });

  it('names a vanished run by its last start, because nobody saw its end', () => {
    const vanished = endedRun({ status: 'VANISHED' });
    expect(attemptJobId({ ...vanished, endTime: END + 5 })).toBe(attemptJobId(vanished));
    expect(attemptJobId(vanished)).toBe(attemptJobId(endedRun({ endTime: START })));
    expect(attemptJobId(vanished)).toMatch(/^[0-9a-f]{32}$/);
    expect(vanished.jobId).toBe(ID);
  });
});
