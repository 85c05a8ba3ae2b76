/** What is asked when, by a clock of numbers; what comes of the answers is tested in test/e2e/. */

import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/core/run.ts';
import { FetchPlan, type Need } from '../../src/observe/fetch-plan.ts';
import { withCheckpoints } from '../../src/core/run-facts.ts';
import { live } from '../core/restart/support/situation.ts';
import { checkpoint, listed, statistics } from '../core/support/facts.ts';

const SECOND = 1000;
const SOURCE = { address: 'http://jm-1:8081', clockOffsetMs: 0 };

/** A plan for one live run; observed at the given times, it answers whether this is asked. */
function following(known: Partial<Run>, need: Need = 'restarts') {
  const plan = new FetchPlan(0);
  const orders = live({ startTimes: [1], ...known });
  let job = listed({ startTime: orders.startTimes.at(-1) ?? 0 });
  let source = SOURCE;
  return {
    plan,
    orders,
    modify: (at: number) => (job = { ...job, lastModification: at }),
    setAhead: (clockOffsetMs: number) => (source = { ...source, clockOffsetMs }),
    moveTo: (address: string) => (source = { ...source, address }),
    asks: (at: number, told = true): boolean => {
      plan.update([{ run: orders, job }], at, source);
      const needs = plan.needs(orders, at);
      for (const each of needs) plan.done(orders, each, at, each !== 'restarts' || told);
      return needs.includes(need);
    },
  };
}

/** What is asked of a run at its first sight. */
function needsAtFirst(known: Partial<Run>, lastModification: number, anew = false): readonly Need[] {
  const plan = new FetchPlan(0, anew);
  const orders = live({ startTimes: [1], ...known });
  plan.update([{ run: orders, job: listed({ startTime: 1, lastModification }) }], 100 * SECOND, SOURCE);
  return plan.needs(orders, 100 * SECOND);
}

function lastCompleted(triggeredAt: number): Run {
  return withCheckpoints(live({}), { ...statistics({}), latestCompleted: checkpoint(1, { triggeredAt }) }, false);
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

describe('the checkpoints of a run', () => {
  const EVERY_10 = Array.from({ length: 181 }, (_value, index) => index * 10);
  const checkpointConfig = { intervalMs: 60 * SECOND, timeoutMs: 0, retained: true, deletedOnCancellation: false };
  const latestCompleted = checkpoint(1, { triggeredAt: 0, durationMs: 5 * SECOND });
  const completed = { ...statistics({}), completed: 1, latestCompleted };
  const known = { ...withCheckpoints(live({}), completed, false), checkpointConfig };

  it('are asked for when the next is due, and then when it is twice as late as at the last look', () => {
    const run = following({ ...known, startTimes: [1] }, 'checkpoints');
    const asked = EVERY_10.filter((at) => run.asks(at * SECOND));
    expect(asked).toEqual([0, 70, 80, 100, 140, 220, 380, 680, 980, 1280, 1580]);
  });

  it('are due an interval after the job came up again, however late they are', () => {
    const run = following({ ...known, startTimes: [1] }, 'checkpoints');
    for (const at of EVERY_10) run.asks(at * SECOND);
    run.modify(2000 * SECOND);
    const asked = EVERY_10.filter((at) => run.asks((2000 + at) * SECOND));
    expect(asked.slice(0, 4)).toEqual([0, 70, 80, 100]);
  });

  it('are due by the interval when there was none yet, by the clock of the JobManager', () => {
    const run = following({ checkpointConfig }, 'checkpoints');
    const ahead = 5000 * SECOND;
    run.setAhead(ahead);
    run.modify(ahead);
    expect(EVERY_10.filter((at) => run.asks(at * SECOND)).slice(0, 6)).toEqual([0, 60, 70, 80, 100, 140]);
  });
});

describe('a run of which everything was read before flink-medic started', () => {
  it('is asked only for restarts, later on, as long as it has not moved', () => {
    expect(needsAtFirst({ learnedUpTo: 7 }, 7)).toEqual([]);
    expect(needsAtFirst({ learnedUpTo: 7 }, 8)).toHaveLength(5);
    expect(needsAtFirst({ modifiedAt: 7 }, 7)).toHaveLength(5);
    expect(needsAtFirst({ learnedUpTo: 7 }, 7, true), 'when everything is asked for anew').toHaveLength(5);
    const run = following({ learnedUpTo: 7 });
    run.modify(7);
    expect([0, 5, 10, 11, 20, 30, 600].filter((at) => run.asks(at * SECOND))).toEqual([10, 11]);
  });

  it('is asked for checkpoints that are due', () => {
    const checkpointConfig = { intervalMs: 60 * SECOND, timeoutMs: 0, retained: true, deletedOnCancellation: false };
    expect(needsAtFirst({ ...lastCompleted(30 * SECOND), checkpointConfig, learnedUpTo: 7 }, 7)).toEqual([
      'checkpoints',
    ]);
    expect(needsAtFirst({ ...lastCompleted(50 * SECOND), checkpointConfig, learnedUpTo: 7 }, 7)).toEqual([]);
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

  it('is not asked about for ten seconds when another address answers, which may have been the leader before', () => {
    const { plan, orders, asks, moveTo } = following({ startTimes: [1, 500] });
    for (const at of [0, 10, 11]) asks(at * SECOND);
    moveTo('http://jm-2:8081');
    expect(asks(20 * SECOND)).toBe(false);
    expect(plan.isOfThisLife(orders, 29 * SECOND)).toBe(false);
    expect(asks(30 * SECOND)).toBe(true);
    expect(asks(31 * SECOND)).toBe(true);
    expect(plan.isOfThisLife(orders, 31 * SECOND)).toBe(true);

    const first = following({ startTimes: [1] });
    for (const at of [0, 10, 11]) first.asks(at * SECOND);
    first.moveTo('http://jm-2:8081');
    expect(first.asks(20 * SECOND), 'without an earlier life there is nothing to mix up').toBe(false);
    expect(first.plan.isOfThisLife(first.orders, 20 * SECOND)).toBe(true);
  });

  it('counts no restarts from right after a change: a leader that went on after a pause may be asked, too', () => {
    const { plan, orders, asks, modify } = following({ startTimes: [1, 500] });
    for (const at of [0, 10, 11]) asks(at * SECOND);
    expect(plan.isOfThisLife(orders, 12 * SECOND)).toBe(true);
    modify(600);
    expect(asks(60 * SECOND)).toBe(true);
    expect(plan.isOfThisLife(orders, 60 * SECOND)).toBe(false);
    asks(70 * SECOND);
    expect(plan.isOfThisLife(orders, 70 * SECOND)).toBe(false);
    expect(plan.isOfThisLife(orders, 71 * SECOND)).toBe(true);
  });

  it('counts the restarts of one that never comes to rest', () => {
    const { plan, orders, asks, modify } = following({ startTimes: [1, 500] });
    const counted = [0, 10, 20, 30, 40, 50].filter((at) => {
      modify(600 + at);
      asks(at * SECOND);
      return plan.isOfThisLife(orders, at * SECOND);
    });
    expect(counted).toEqual([20, 30, 40, 50]);
  });

  it('is asked at once when it has ended: its JobManager may be gone soon', () => {
    const plan = new FetchPlan(0);
    const ended = live({ startTimes: [1, 500] });
    plan.update([{ run: ended, job: listed({ startTime: 500, state: 'FAILED', endTime: 900 }) }], 0, SOURCE);
    expect(plan.needs(ended, 0)).toContain('checkpoints');
    expect(plan.isOfThisLife(ended, 0)).toBe(false);
  });
});
