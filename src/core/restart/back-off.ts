/** The time between attempts; asked by the stage `budget`. */

import type { RestartPolicy } from './policy.ts';

/**
 * How long to wait before the next attempt, milliseconds: nothing before the first, then `initial`, which grows by
 * `factor` up to `max`.
 *
 * @param sinceStable attempts since the job last ran stably
 */
export function backOffMs({ initialMs, factor, maxMs }: RestartPolicy['backOff'], sinceStable: number): number {
  if (sinceStable === 0) return 0;
  // Nothing times infinity is no number.
  return Math.min(maxMs, initialMs * Math.min(factor ** (sinceStable - 1), Number.MAX_VALUE));
}
