/**
 * Spreads the requests of all clusters over turns of the event loop. Hundreds of clusters are due at the same moment, and
 * what a turn sends comes back in a turn: without this one turn took most of a second, and a page of metrics takes many.
 * Keeps those who wait, the first first. One for all clusters, made by `Fleet`; what hangs holds no place.
 */

/** Of a turn; with its answer a request takes some 0.3 ms. */
const REQUESTS = 16;

export class RequestTurns {
  readonly #waiting: (() => void)[] = [];
  /** In this turn. */
  #sent = 0;

  /** Resolves when a request may be sent. */
  async next(): Promise<void> {
    if (this.#sent === 0) setImmediate(() => this.#begin());
    if (this.#sent < REQUESTS) this.#sent += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #begin(): void {
    const next = this.#waiting.splice(0, REQUESTS);
    this.#sent = next.length;
    if (this.#sent > 0) setImmediate(() => this.#begin());
    for (const send of next) send();
  }
}
