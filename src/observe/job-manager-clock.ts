/**
 * The clock of a JobManager, as its list of jobs shows it: a job that lives began at one time of it, and has lasted since.
 * Keeps how far it is from our monotonic clock, so that setting ours does not move it. A `ClusterObserver` has one.
 */

import type { Clock } from '../core/clock.ts';
import type { ListedJob } from '../core/facts.ts';
import { isEnded } from '../core/states.ts';

export class JobManagerClock {
  readonly #clock: Clock;
  readonly #rememberedOffsetMs: number;
  /** From our monotonic clock; undefined before it was measured. */
  #offsetMs: number | undefined;

  /** @param rememberedOffsetMs from our clock, as an earlier process measured it; used until it is measured anew */
  constructor(clock: Clock, rememberedOffsetMs = 0) {
    this.#clock = clock;
    this.#rememberedOffsetMs = rememberedOffsetMs;
  }

  /** Milliseconds since the epoch, as far as they are known. */
  now(): number {
    if (this.#offsetMs === undefined) return this.#clock.now() + this.#rememberedOffsetMs;
    return Math.round(this.#clock.monotonic() + this.#offsetMs);
  }

  /**
   * Measures it by a list that has just arrived.
   *
   * @param askedAt monotonic, milliseconds
   * @returns how far it is ahead of our clock, in milliseconds; undefined when none of the jobs lives
   */
  measure(jobs: readonly ListedJob[], askedAt: number): number | undefined {
    const shown = jobs.filter((job) => !isEnded(job.state)).map((job) => job.startTime + job.duration);
    if (shown.length === 0) return undefined;
    const answeredAt = this.#clock.monotonic();
    // By the monotonic clock, because ours may be set between question and answer.
    const midway = (askedAt + answeredAt) / 2;
    this.#offsetMs = shown.reduce((latest, time) => Math.max(latest, time)) - midway;
    return Math.round(this.#offsetMs + answeredAt - this.#clock.now());
  }
}
