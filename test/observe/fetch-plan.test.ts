/** What is asked when, by a clock of numbers; what comes of the answers is tested in test/e2e/. */

import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/core/run.ts';
import { FetchPlan } from '../../src/observe/fetch-plan.ts';
import { live } from '../core/restart/support/situation.ts';
import { listed } from '../core/support/facts.ts';

const SECOND = 1000;

/** A plan for one live run; observed at the given times, it answers whether numRestarts is asked. */
function following(known: Partial<Run>) {
  const plan = new FetchPlan(0);
  const orders = live({ startTimes: [1], ...known });
  let job = listed({ startTime: orders.startTimes.at(-1) ?? 0 });
  return {
    plan,
    orders,
    modify: (at: number) => (job = { ...job, lastModification: at }),
    asks: (at: number, told = true): boolean => {
      plan.update([{ run: orders, job }], at, 0);
      const asked = plan.needs(orders, at).includes('restarts');
      for (const need of plan.needs(orders, at)) plan.done(orders, need, at, need !== 'restarts' || told);
      return asked;
    },
  };
}

describe('numRestarts', () => {
  it('is asked at first sight, and twice from ten seconds later on', () => {
    const run = following({});
    const asked = [0, 5, 10, 11, 20, 30, 600].filter((at) => run.asks(at * SECOND));
    expect(asked).toEqual([0, 10, 11]);
  });

  it('is asked for until the JobManager tells it, less and less often', () => {
    const run = following({});
    const every10 = Array.from({ length: 100 }, (_value, index) => index * 10);
    const asked = every10.filter((at) => run.asks(at * SECOND, false));
    expect(asked).toEqual([0, 10, 20, 30, 40, 60, 70, 110, 120, 200, 210, 370, 380, 680, 690, 990]);
    expect([1000, 1290, 1300, 1310, 4000].filter((at) => run.asks(at * SECOND))).toEqual([1000]);
  });
});

describe('a run that another JobManager took over', () => {
  it('is not asked about for ten seconds: caches may tell of its life before', () => {
    const { plan, orders, asks } = following({ startTimes: [1, 500] });
    asks(0);
    expect(plan.needs(orders, 9 * SECOND)).toEqual([]);
    asks(5 * SECOND);
    expect(asks(10 * SECOND)).toBe(true);
  });

  it('counts the restarts of an answer only when a question before it has fetched them', () => {
    const { plan, orders, asks } = following({ startTimes: [1, 500] });
    asks(0);
    expect(plan.isOfThisLife(orders, 10 * SECOND)).toBe(false);
    asks(10 * SECOND);
    expect(plan.isOfThisLife(orders, 10 * SECOND)).toBe(false);
    expect(plan.isOfThisLife(orders, 11 * SECOND)).toBe(true);
  });

  it('is asked at once when it has ended: its JobManager may be gone soon', () => {
    const plan = new FetchPlan(0);
    const ended = live({ startTimes: [1, 500] });
    plan.update([{ run: ended, job: listed({ startTime: 500, state: 'FAILED', endTime: 900 }) }], 0, 0);
    expect(plan.needs(ended, 0)).toContain('checkpoints');
    expect(plan.isOfThisLife(ended, 0)).toBe(false);
  });
});
