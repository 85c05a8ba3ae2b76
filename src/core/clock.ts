/** Time comes in from outside, so that tests need not wait for it. `src/app/` passes the machine's. */

export interface Clock {
  /** Milliseconds since the epoch, our clock. */
  now(): number;
  /** Milliseconds that only grow, for durations. */
  monotonic(): number;
}

export interface Timers {
  /** Calls once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}
