/**
 * Time that only a test moves: the machine's clock as the program sees it, and its timers. Shares the clock of the fake
 * clusters, so that "a minute later" is the same minute for all. Keeps the timers that have not fired.
 */

import type { Clock, Timers } from '../../../src/core/clock.ts';
import { ManualClock } from '../../fake-flink/clock.ts';

interface PendingTimer {
  readonly dueAt: number;
  readonly callback: () => void;
}

export class ManualTime {
  readonly manual: ManualClock;
  readonly #pending = new Set<PendingTimer>();

  constructor(manual = new ManualClock()) {
    this.manual = manual;
  }

  readonly clock: Clock = {
    now: () => this.manual.now(),
    monotonic: () => this.manual.now(),
  };

  readonly timers: Timers = {
    after: (ms, callback) => {
      const timer = { dueAt: this.manual.now() + ms, callback };
      this.#pending.add(timer);
      return () => this.#pending.delete(timer);
    },
  };

  /** Timers that wait. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Moves the clock to the next timer that is due by `until`, and fires it. False when there is none. */
  fireNext(until: number): boolean {
    const [next] = [...this.#pending].filter(({ dueAt }) => dueAt <= until).toSorted((a, b) => a.dueAt - b.dueAt);
    if (next === undefined) return false;
    this.#pending.delete(next);
    this.manual.advance(Math.max(0, next.dueAt - this.manual.now()));
    next.callback();
    return true;
  }
}
