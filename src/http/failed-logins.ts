/**
 * Counts failed log-ins by remote address, so that nobody can try secrets for long. Keeps at most `MAX_ADDRESSES` counts,
 * each for `WINDOW_MS` from its first failure; of IPv6 a /56 network counts as one address. Called by `callerAuth`.
 */

import { ipKeyGenerator } from 'express-rate-limit';

const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

interface Failures {
  readonly since: number;
  count: number;
}

export class FailedLogins {
  /** Oldest first: a count is never moved. */
  readonly #failures = new Map<string, Failures>();
  readonly #now: () => number;

  /** @param now milliseconds that only grow */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** For how many more milliseconds nobody may log in from there; 0 when they may. */
  blockedFor(address: string): number {
    const failures = this.#current(ipKeyGenerator(address));
    return failures !== undefined && failures.count >= MAX_FAILURES ? failures.since + WINDOW_MS - this.#now() : 0;
  }

  failed(address: string): void {
    const key = ipKeyGenerator(address);
    const failures = this.#current(key);
    if (failures !== undefined) {
      failures.count += 1;
      return;
    }
    this.#failures.set(key, { since: this.#now(), count: 1 });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }

  #current(key: string): Failures | undefined {
    const failures = this.#failures.get(key);
    if (failures === undefined || this.#now() < failures.since + WINDOW_MS) return failures;
    this.#failures.delete(key);
    return undefined;
  }
}
