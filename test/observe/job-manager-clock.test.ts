import { expect, it } from 'vitest';
import type { FlinkState } from '../../src/core/states.ts';
import { JobManagerClock } from '../../src/observe/job-manager-clock.ts';
import { listed } from '../core/support/facts.ts';

const NOW = 1_000_000;

function clocks(rememberedOffsetMs?: number) {
  const ours = { wall: NOW, ticks: 0.4 };
  const clock = new JobManagerClock({ now: () => ours.wall, monotonic: () => ours.ticks }, rememberedOffsetMs);
  return { ours, clock };
}

/** A job that shows `NOW` and so much more. */
function showing(more: number, state: FlinkState = 'RUNNING') {
  return listed({ startTime: NOW - 50, duration: 50 + more, state });
}

it('is ours before it was measured, and as an earlier process measured it', () => {
  expect(clocks().clock.now()).toBe(NOW);
  const { clock, ours } = clocks(-70);
  expect(clock.now()).toBe(NOW - 70);
  ours.wall += 10;
  expect(clock.now()).toBe(NOW - 60);
});

it('goes on in whole milliseconds, whatever ours is set to', () => {
  const { ours, clock } = clocks(-70);
  expect(clock.measure([showing(-7)], 0.4)).toBe(-7);
  expect(clock.now()).toBe(NOW - 7);
  Object.assign(ours, { wall: NOW + 3_600_010, ticks: 10.7 });
  expect(clock.now()).toBe(NOW + 3);
  expect(clock.measure([showing(13)], 10.7)).toBe(13 - 3_600_010);
  expect(clock.now()).toBe(NOW + 13);
});

it('is shown for the moment midway between question and answer', () => {
  const { ours, clock } = clocks();
  ours.ticks += 20;
  expect(clock.measure([showing(100)], 0.4)).toBe(110);
});

it('is shown by the job that was looked at last, and by none that has ended', () => {
  const { clock } = clocks();
  const jobs = [showing(3), showing(9), showing(5), showing(40, 'FINISHED'), showing(60, 'FAILED')];
  expect(clock.measure(jobs, 0.4)).toBe(9);
  expect(clock.measure(jobs.slice(3), 0.4)).toBeUndefined();
  expect(clock.measure([], 0.4)).toBeUndefined();
  expect(clock.now()).toBe(NOW + 9);
});
