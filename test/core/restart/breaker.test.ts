import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import {
  type BreakerState,
  CLOSED_BREAKER,
  closedBreaker,
  failureShare,
  mayProbe,
  nextBreaker,
  probed,
  probing,
} from '../../../src/core/restart/breaker.ts';
import type { FinalStatus } from '../../../src/core/states.ts';
import type { Run } from '../../../src/core/run.ts';
import { live, NOW, runWith } from './support/situation.ts';

const MINUTE = 60_000;
const RULES = { failedRatio: 0.5, minJobs: 5, windowMs: 10 * MINUTE, coolDownMs: 5 * MINUTE };
const FROM = NOW - RULES.windowMs;

function run(name: string, start: number, end?: number, status: FinalStatus = 'FAILED', jobId = name): Run {
  const change = { name, jobId, startTimes: [start] };
  if (end === undefined) return live(change);
  return runWith({ ...change, final: { status, source: 'live', endTime: end, recordedAt: end } });
}

const none = (): boolean => false;

function share(...runs: Run[]): object {
  return failureShare(runs, none, { from: FROM });
}

describe('the share of failed jobs', () => {
  it('counts job names once, by their newest run', () => {
    const before = run('a', 1, FROM + 1, 'FAILED', '1');
    expect(share(before, run('a', FROM + 2, FROM + 3, 'FAILED', '2'))).toEqual({ failed: 1, live: 1 });
    expect(share(run('a', FROM + 2, undefined, 'FAILED', '2'), before)).toEqual({ failed: 0, live: 1 });
    expect(share(before, run('a', FROM + 2, undefined, 'FAILED', '2'))).toEqual({ failed: 0, live: 1 });
  });

  it('counts FAILED and VANISHED, within the window only', () => {
    const statuses = (['FAILED', 'VANISHED', 'FINISHED', 'CANCELED'] as const).map((s) => run(s, 1, FROM + 1, s));
    expect(share(...statuses, run('old', 1, FROM))).toEqual({ failed: 2, live: 4 });
  });

  it('has a job that began within the window in the whole when it failed', () => {
    expect(share(run('a', FROM + 1, FROM + 2), run('b', FROM + 1))).toEqual({ failed: 1, live: 1 });
  });

  it('leaves out what attempts made', () => {
    const runs = [run('a', 1, FROM + 1, 'FAILED', '1'), run('a', FROM + 2, FROM + 3, 'FINISHED', 'ours')];
    const ours = [run('b', 1, FROM + 1, 'FAILED', 'ours')];
    expect(failureShare([...runs, ...ours], ({ jobId }) => jobId === 'ours', { from: FROM })).toEqual({
      failed: 1,
      live: 1,
    });
  });

  it('forgets ends from before the breaker was closed, but not the jobs', () => {
    const runs = [run('a', 1, FROM + 5), run('b', 1, FROM + 6)];
    expect(failureShare(runs, none, { from: FROM, ignoreUntil: FROM + 5 })).toEqual({ failed: 1, live: 2 });
  });

  it('is nothing of nothing', () => {
    expect(share()).toEqual({ failed: 0, live: 0 });
  });
});

describe('the breaker', () => {
  const open: BreakerState = { openedAt: NOW, coolDownMs: 5 * MINUTE, detail: '5 of 10' };

  it('opens at the ratio and the number of jobs, and says why', () => {
    expect(nextBreaker(CLOSED_BREAKER, { failed: 4, live: 4 }, RULES, NOW)).toBe(CLOSED_BREAKER);
    expect(nextBreaker(CLOSED_BREAKER, { failed: 5, live: 11 }, RULES, NOW)).toBe(CLOSED_BREAKER);
    expect(nextBreaker(CLOSED_BREAKER, { failed: 5, live: 10 }, RULES, NOW)).toEqual({
      openedAt: NOW,
      coolDownMs: 5 * MINUTE,
      detail: '5 of 10 jobs ended FAILED or VANISHED within 600 s',
    });
  });

  it('never opens for nothing, whatever the rules', () => {
    const rules = { ...RULES, minJobs: 0, failedRatio: 0 };
    expect(nextBreaker(CLOSED_BREAKER, { failed: 0, live: 0 }, rules, NOW)).toBe(CLOSED_BREAKER);
  });

  it('stays open whatever happens to the share', () => {
    expect(nextBreaker(open, { failed: 0, live: 10 }, RULES, NOW + 1)).toBe(open);
  });

  it('lets one incident probe after the cool-down', () => {
    expect(mayProbe(open, 1, NOW + 5 * MINUTE - 1)).toBe(false);
    expect(mayProbe(open, 1, NOW + 5 * MINUTE)).toBe(true);
    // Opened in a time to come: the clock was set back.
    expect([5, 6].map((minutes) => mayProbe(open, 1, NOW - minutes * MINUTE))).toEqual([false, true]);
    const one = probing(open, 1);
    expect([1, 2].map((incident) => mayProbe(one, incident, NOW + 5 * MINUTE))).toEqual([true, false]);
  });

  it('closes when the probe succeeded, and remembers when', () => {
    const closed = probed(probing(open, 1), true, RULES, NOW + 9);
    expect(closed).toEqual({
      coolDownMs: 0,
      closedAt: NOW + 9,
      detail: 'closed at 2026-03-01T12:00:00.009Z: a restart succeeded',
    });
    expect(mayProbe(closed, 2, NOW + 9)).toBe(true);
    expect(nextBreaker(closed, { failed: 5, live: 5 }, RULES, NOW + 10)).toMatchObject({ openedAt: NOW + 10 });
  });

  it('cools down twice as long after each probe that failed, an hour at most', () => {
    const coolDowns: number[] = [];
    let state = open;
    for (let probe = 0; probe < 5; probe += 1) {
      state = probed(probing(state, probe), false, RULES, NOW);
      coolDowns.push(state.coolDownMs / MINUTE);
    }
    expect(coolDowns).toEqual([10, 20, 40, 60, 60]);
    expect(state.probe).toBeUndefined();
  });

  it('is never shorter than configured', () => {
    const rules = { ...RULES, coolDownMs: 90 * MINUTE };
    expect(probed({ ...open, coolDownMs: 90 * MINUTE }, false, rules, NOW).coolDownMs).toBe(90 * MINUTE);
  });

  it('has at most one incident acting while it is open, and none in the cool-down', () => {
    const step = fc.record({
      kind: fc.constantFrom('fail', 'act', 'result', 'person'),
      incident: fc.nat({ max: 3 }),
      succeeded: fc.boolean(),
      waitMs: fc.nat({ max: 10 * MINUTE }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = CLOSED_BREAKER;
        let now = NOW;
        let acting: number | undefined;
        for (const { kind, incident, succeeded, waitMs } of steps) {
          now += waitMs;
          if (kind === 'fail') state = nextBreaker(state, { failed: 9, live: 9 }, RULES, now);
          if (kind === 'act' && mayProbe(state, incident, now) && state.openedAt !== undefined) {
            assert.ok(now >= state.openedAt + state.coolDownMs);
            assert.ok(acting === undefined || acting === incident);
            acting = incident;
            state = probing(state, incident);
          }
          if (kind === 'result' && acting !== undefined) {
            state = probed(state, succeeded, RULES, now);
            assert.equal(state.openedAt === undefined, succeeded);
            acting = undefined;
          }
          if (kind === 'person') {
            state = closedBreaker(now, 'closed by ann');
            acting = undefined;
          }
          assert.ok(state.coolDownMs <= 60 * MINUTE);
          assert.equal(state.probe, acting);
        }
      }),
    );
  });
});
