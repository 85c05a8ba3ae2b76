/**
 * Turns of the event loop for long work, whoever has it: lists of all runs, clusters that are read or shown. Each piece gets
 * a turn of its own, because those that are ready at one moment would together hold up everything else. Keeps the last
 * in line. One for the program, made by `Medic`.
 */

import { setImmediate } from 'node:timers/promises';

/** Of work that can be divided. */
const PIECE_MS = 10;

export class Turns {
  readonly #monotonic: () => number;
  #last: Promise<void> = Promise.resolve();

  /** @param monotonic milliseconds that only grow */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Resolves in a turn that is nobody else's. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => setImmediate());
    return this.#last;
  }

  /**
   * For one long piece of work.
   *
   * @returns to be awaited after every little of it: resolves at once, or in the next turn when this one has had enough
   */
  divide(): () => Promise<void> {
    let since = Number.NEGATIVE_INFINITY;
    return async () => {
      if (this.#monotonic() - since < PIECE_MS) return;
      await this.next();
      since = this.#monotonic();
    };
  }
}
