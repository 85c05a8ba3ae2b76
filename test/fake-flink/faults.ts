/**
 * What can be made to go wrong with the answers of a fake JobManager, per route. Keeps one fault a route; the server asks
 * it once a request.
 */

export type Fault = Kind & {
  /** The request does nothing. Otherwise it is done, and only its answer suffers. */
  readonly before?: true;
};

type Kind =
  /** The right answer, later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never an answer. */
  | { readonly kind: 'hang' }
  /** The connection is reset without an answer. */
  | { readonly kind: 'reset' }
  /** Headers and half of the right body, then the connection is reset. */
  | { readonly kind: 'cut' }
  /** Another status, with Flink's error body unless one is given. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** Status 200 with this body. */
  | { readonly kind: 'body'; readonly body: string }
  /** Status 200 with a JSON body of so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The right answer, one byte each so many milliseconds. */
  | { readonly kind: 'drip'; readonly everyMs: number };

export function isBefore(fault: Fault | undefined): boolean {
  return fault?.before === true;
}

/** Every route. */
export const ANY_ROUTE = '*';

export class Faults {
  readonly #faults = new Map<string, { readonly fault: Fault; left: number }>();

  /**
   * @param route a pattern such as `/jobs/:jobid`, or ANY_ROUTE
   * @param times how many requests it concerns; all when left out
   */
  set(route: string, fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#faults.set(route, { fault, left: times });
  }

  clear(): void {
    this.#faults.clear();
  }

  /** The fault of the next request to `route`. */
  take(route: string): Fault | undefined {
    const key = this.#faults.has(route) ? route : ANY_ROUTE;
    const entry = this.#faults.get(key);
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#faults.delete(key);
    return entry.fault;
  }
}
