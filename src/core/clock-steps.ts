/**
 * Notices that the wall clock was set: by how much it went on more than the monotonic one. Keeps the difference of the two.
 * What was noted in the old time is compared with the new one from then on, so observer and retention ask before they do.
 */

import type { Clock } from './clock.ts';

/** Less is what NTP does to a clock that is right, and what our durations do not notice. */
const LEAST_STEP_MS = 5_000;

export class ClockSteps {
  readonly #clock: Clock;
  #difference: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#difference = differenceOf(clock);
  }

  /** By how many milliseconds the clock was set forward since the last call; negative: back; 0: it was not set. */
  take(): number {
    const difference = differenceOf(this.#clock);
    const step = difference - this.#difference;
    if (Math.abs(step) < LEAST_STEP_MS) return 0;
    this.#difference = difference;
    return step;
  }
}

function differenceOf(clock: Clock): number {
  return clock.now() - clock.monotonic();
}
