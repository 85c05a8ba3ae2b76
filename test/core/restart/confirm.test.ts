import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { ZERO_COUNTER } from '../../../src/core/epoch-counter.ts';
import type { Attempt } from '../../../src/core/restart/incident.ts';
import { watchAttempt } from '../../../src/core/restart/confirm.ts';
import { type FinalStatus, RUN_STATES } from '../../../src/core/states.ts';
import type { Checkpoints, Run } from '../../../src/core/run.ts';
import { checkpoint } from '../support/facts.ts';
import { ATTEMPT_ID, attemptWith, live, NOW, OFFSET, REQUEST, runWith } from './support/situation.ts';

const SECOND = 1_000;
const CONFIG = { intervalMs: 1_000, timeoutMs: 600_000, retained: true, deletedOnCancellation: false };

function restored(id: number, completed?: number): Checkpoints {
  return {
    completed: ZERO_COUNTER,
    failed: ZERO_COUNTER,
    readAfterEnd: false,
    lastRestored: { id, restoredAt: 0, owned: false },
    ...(completed !== undefined && { lastCompleted: checkpoint(completed) }),
  };
}

/** It entered RUNNING two seconds after the intent. */
function running(change: Partial<Run> = {}): Run {
  return live({
    jobId: ATTEMPT_ID,
    stateEnteredAt: NOW + OFFSET + 2 * SECOND,
    restarts: ZERO_COUNTER,
    checkpointConfig: CONFIG,
    checkpoints: restored(41, 42),
    ...change,
  });
}

function final(status: FinalStatus): Run {
  const end = { status, source: 'live', endTime: NOW + OFFSET + 9 * SECOND, recordedAt: 0 } as const;
  return runWith({ jobId: ATTEMPT_ID, state: status, final: end });
}

/** Watches every five seconds, from five seconds after the intent on. */
function watch(attempt: Attempt, runs: readonly (Run | undefined)[], answers = true): Attempt {
  return runs.reduce<Attempt>(
    (before, run, index) =>
      watchAttempt(before, run, {
        at: NOW + (index + 1) * 5 * SECOND,
        elapsedMs: 5 * SECOND,
        answers,
        clockOffsetMs: OFFSET,
      }),
    attempt,
  );
}

function times(count: number, run: Run | undefined): (Run | undefined)[] {
  return Array.from({ length: count }, () => run);
}

describe('a run that an attempt started', () => {
  it('is confirmed when it ran for long enough and completed a new checkpoint', () => {
    const almost = watch(attemptWith(), times(6, running()));
    expect(almost).toEqual({
      ...attemptWith(),
      runningAt: NOW + 2 * SECOND,
      stable: { since: NOW + 5 * SECOND, restarts: 0 },
      watchedMs: 30 * SECOND,
    });
    expect(watch(attemptWith(), times(7, running()))).toEqual({
      ...almost,
      state: 'succeeded',
      endedAt: NOW + 35 * SECOND,
      detail: 'RUNNING without a restart since 2026-03-01T12:00:05.000Z, checkpoint 42 completed',
    });
  });

  it.each<[string, Run, Partial<Attempt>]>([
    ['no checkpoint', running({ checkpoints: restored(41) }), {}],
    ['only the restored one', running({ checkpoints: restored(41, 41) }), {}],
    [
      'only one below the id of the request',
      running({ checkpoints: restored(41, 42) }),
      {
        request: {
          ...REQUEST,
          restore: { path: '/x', claimMode: 'CLAIM', allowNonRestoredState: false, checkpointId: 42 },
        },
      },
    ],
    ['restarts that were never read', withoutRestarts(), {}],
    ['another state', running({ state: 'RESTARTING' }), {}],
    ['tasks that start', running({ state: 'CREATED' }), {}],
  ])('is not confirmed with %s', (_what, run, change) => {
    expect(watch(attemptWith(change), times(20, run)).state).toBe('submitted');
  });

  it.each<[string, Run, Partial<Attempt>]>([
    ['checkpoints are off', running({ checkpointConfig: withoutInterval(), checkpoints: restored(1) }), {}],
    [
      'the policy wants none',
      running({ checkpoints: restored(41) }),
      { confirm: { runningForMs: 30 * SECOND, checkpoint: false, timeoutMs: 60 * SECOND } },
    ],
  ])('needs no checkpoint when %s', (_what, run, change) => {
    expect(watch(attemptWith(change), times(7, run)).state).toBe('succeeded');
  });

  it('is confirmed without a counter of restarts when its tasks were left alone', () => {
    const { restarts: _off, ...run } = running({ modifiedAt: NOW + OFFSET + 2 * SECOND });
    expect(watch(attemptWith(), times(7, run))).toMatchObject({ state: 'succeeded' });
  });

  it('begins anew with each restart, failover and other state', () => {
    const restarted = running({ restarts: { carried: 0, current: 1 } });
    const failedOver = running({ restarts: { carried: 1, current: 0 }, failovers: 1 });
    for (const [index, disturbed] of [restarted, failedOver].entries()) {
      const before = index === 0 ? running() : restarted;
      const attempt = watch(attemptWith(), [...times(6, before), ...times(6, disturbed)]);
      expect(attempt).toMatchObject({ state: 'submitted', stable: { since: NOW + 35 * SECOND } });
    }
    // Before any counter tells of it.
    const touched = running({ modifiedAt: NOW + OFFSET + 33 * SECOND });
    expect(watch(attemptWith(), [...times(6, running()), ...times(6, touched)])).toMatchObject({
      state: 'submitted',
      stable: { since: NOW + 35 * SECOND },
    });
    const attempt = watch(attemptWith(), [...times(6, running()), running({ state: 'RESTARTING' }), running()]);
    expect(attempt).toMatchObject({ state: 'submitted', stable: { since: NOW + 40 * SECOND } });
    expect(attempt.runningAt).toBe(NOW + 2 * SECOND);
  });

  it.each<[FinalStatus, Partial<Attempt>]>([
    ['FINISHED', { state: 'succeeded', detail: 'its run ended FINISHED at 2026-03-01T12:00:09.000Z' }],
    ['FAILED', { state: 'failed', failure: 'ended_again' }],
    ['VANISHED', { state: 'failed', failure: 'ended_again' }],
    ['CANCELED', { state: 'withdrawn', detail: 'its run ended CANCELED at 2026-03-01T12:00:09.000Z, by a person' }],
  ])('that ended %s gives its result, also when nobody answers', (status, result) => {
    const attempt = watch(attemptWith(), [final(status)], false);
    expect(attempt).toMatchObject({ ...result, endedAt: NOW + 5 * SECOND });
    expect(watch(attempt, [running()])).toBe(attempt);
  });
});

describe('the time-out', () => {
  it('makes it unconfirmed, which is no failure', () => {
    const attempt = watch(attemptWith(), times(60, undefined));
    expect(attempt).toMatchObject({
      state: 'unconfirmed',
      watchedMs: 300 * SECOND,
      detail: 'not confirmed after 300 s: its run is not seen yet',
    });
    expect(attempt.failure).toBeUndefined();
    expect(watch(attempt, times(7, running())).state).toBe('succeeded');
    expect(watch(attempt, [final('FAILED')])).toMatchObject({ state: 'failed', failure: 'ended_again' });
    expect(watch(attempt, [undefined])).toBe(attempt);
  });

  it('is never shorter than a checkpoint may take', () => {
    const waiting = running({ checkpoints: restored(41) });
    expect(watch(attemptWith(), times(120, waiting)).state).toBe('submitted');
    expect(watch(attemptWith(), times(121, waiting))).toMatchObject({
      state: 'unconfirmed',
      detail: 'not confirmed after 605 s: its run is RUNNING, without a new checkpoint',
    });
  });

  it('has its clock stopped while nobody can see', () => {
    const seen = watch(attemptWith(), times(2, running()));
    expect(watch(seen, times(500, running()), false)).toBe(seen);
    for (const state of ['UNKNOWN', 'SUSPENDED'] as const)
      expect(watch(seen, times(500, running({ state })))).toBe(seen);
  });
});

describe('whatever is watched', () => {
  it('succeeds only RUNNING or FINISHED, fails only with an end, and its time never runs back', () => {
    const step = fc.record({
      state: fc.constantFrom(...RUN_STATES),
      isSeen: fc.boolean(),
      answers: fc.boolean(),
      restarts: fc.nat({ max: 1 }),
      elapsedMs: fc.nat({ max: 60 * SECOND }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let at = NOW;
        let attempt = attemptWith();
        for (const { state, isSeen, answers, restarts, elapsedMs } of steps) {
          at += elapsedMs;
          const isOver = state === 'FINISHED' || state === 'FAILED' || state === 'CANCELED' || state === 'VANISHED';
          const run = isOver ? final(state) : running({ state, restarts: { carried: 0, current: restarts } });
          const next = watchAttempt(attempt, isSeen ? run : undefined, {
            at,
            elapsedMs,
            answers,
            clockOffsetMs: OFFSET,
          });
          assert.ok(next.watchedMs >= attempt.watchedMs && next.watchedMs <= at - NOW);
          if (next.state !== attempt.state) {
            if (next.state === 'succeeded') assert.ok(state === 'FINISHED' || (state === 'RUNNING' && answers));
            if (next.state === 'failed') assert.ok(state === 'FAILED' || state === 'VANISHED');
            if (next.state === 'withdrawn') assert.equal(state, 'CANCELED');
            assert.equal(next.endedAt, at);
          }
          attempt = next;
        }
      }),
    );
  });
});

function withoutRestarts(): Run {
  const { restarts: _unread, ...run } = running();
  return run;
}

function withoutInterval(): NonNullable<Run['checkpointConfig']> {
  const { intervalMs: _off, ...config } = CONFIG;
  return config;
}
