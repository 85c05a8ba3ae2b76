/** Waiting for a real process: asks again and again up to a deadline. Called by everything in this folder and by its users. */

import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  /** Milliseconds; 60 s unless told. Generous, because JVMs of parallel tests share few cores. */
  readonly within?: number;
  /** Milliseconds between two questions; 100 unless told. */
  readonly every?: number;
}

/**
 * The first answer of `probe` that is neither undefined nor false. What `probe` throws ends the waiting at once.
 *
 * @param what completes "no … within 60000 ms"
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { within = 60_000, every = 100 }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= deadline) throw new Error(`no ${what} within ${within} ms`);
    await pause(every);
  }
}
