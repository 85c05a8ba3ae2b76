/**
 * Notices that the wall clock was set: by how much it went on more than the monotonic one. Keeps the difference of the two.
 * What was noted in the old time is compared with the new one from then on, so observer and retention ask before they do.
 */

import type { Clock } from './clock.ts';

/** Less is what NTP does to a clock that is right, and what our durations do not notice. */
const LEAST_STEP_MS = 5_000;

/** By how many milliseconds the clock was set forward since the last call; negative: back; 0: it was not set. */
export type ClockSteps = () => number;

export function clockSteps(clock: Clock): ClockSteps {
  const difference = (): number => clock.now() - clock.monotonic();
  let known = difference();
  return () => {
    const step = difference() - known;
    if (Math.abs(step) < LEAST_STEP_MS) return 0;
    known += step;
    return step;
  };
}
