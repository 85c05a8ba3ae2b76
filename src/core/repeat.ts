/**
 * Runs a task again and again: at once or a little later, then every interval after its start, never overlapping itself.
 * Keeps one timer. The loops of observation, archives and retention are made of it.
 */

import type { Clock, Timers } from './clock.ts';

export interface Repeat {
  /** Runs the task now, or once more right after the run under way. */
  hint(): void;
  /** Ends the loop and waits for the run under way. */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  /** Until the first run; at once when left out. */
  readonly delayMs?: number;
  /** Asked after each run: a reload may change it. */
  readonly intervalMs: () => number;
  readonly task: () => Promise<void>;
  /** A task that rejects has a fault; the loop goes on. */
  readonly failed: (error: unknown) => void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
}

export function repeat({ delayMs = 0, intervalMs, task, failed, clock, timers }: RepeatOptions): Repeat {
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let hinted = false;

  function run(): void {
    cancel = undefined;
    hinted = false;
    const startedAt = clock.monotonic();
    running = task()
      .catch(failed)
      .then(() => {
        running = undefined;
        if (stopped) return;
        if (hinted) return run();
        cancel = timers.after(Math.max(0, intervalMs() - (clock.monotonic() - startedAt)), run);
      });
  }

  if (delayMs > 0) cancel = timers.after(delayMs, run);
  else run();
  return {
    hint() {
      if (stopped) return;
      hinted = true;
      if (running !== undefined) return;
      cancel?.();
      run();
    },
    async stop() {
      stopped = true;
      cancel?.();
      await running;
    },
  };
}
