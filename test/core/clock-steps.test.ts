import { beforeEach, describe, expect, it } from 'vitest';
import { type ClockSteps, clockSteps } from '../../src/core/clock-steps.ts';

describe('steps of a clock', () => {
  let wall: number;
  let monotonic: number;
  let steps: ClockSteps;
  const pass = (wallMs: number, monotonicMs: number): void => {
    wall += wallMs;
    monotonic += monotonicMs;
  };

  beforeEach(() => {
    wall = 1_000_000;
    monotonic = 7;
    steps = clockSteps({ now: () => wall, monotonic: () => monotonic });
  });

  it('are none while time passes, however much', () => {
    expect(steps()).toBe(0);
    pass(3_600_000, 3_600_000);
    expect(steps()).toBe(0);
  });

  it.each([5_000, -5_000, 31_536_000_000])('of %i ms are told once', (ms) => {
    pass(10_000 + ms, 10_000);
    expect([steps(), steps()]).toEqual([ms, 0]);
  });

  it('that are small are none until they add up', () => {
    pass(4_999, 0);
    expect(steps()).toBe(0);
    pass(1, 0);
    expect(steps()).toBe(5_000);
  });
});
