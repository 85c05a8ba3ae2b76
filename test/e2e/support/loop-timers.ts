/**
 * The timers of one program over the time of a test, which count those of its loops: what `repeat` waits with is called
 * `run`. Others are no sign of a loop at rest.
 */

import type { ManualTime } from './manual-time.ts';

export class LoopTimers {
  readonly #time: ManualTime;
  #waiting = 0;
  #watcher: { readonly loops: number; readonly resolve: () => void } | undefined;

  constructor(time: ManualTime) {
    this.#time = time;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Until at least so many loops wait for their next round; for one caller at a time. */
  async resting(loops: number): Promise<void> {
    if (this.#waiting >= loops) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watcher = { loops, resolve };
    await promise;
  }

  after(ms: number, callback: () => void): () => void {
    if (callback.name !== 'run') return this.#time.timers.after(ms, callback);
    this.#waiting += 1;
    if (this.#watcher !== undefined && this.#waiting >= this.#watcher.loops) this.#watcher.resolve();
    let ended = false;
    const end = (): void => {
      if (!ended) this.#waiting -= 1;
      ended = true;
    };
    const cancel = this.#time.timers.after(ms, () => {
      end();
      callback();
    });
    return () => {
      end();
      cancel();
    };
  }
}
