/**
 * Counts what fails at the ledger, and logs each message once an hour: a damaged run is tried again each minute, and a list
 * may ask for every run of a ledger that cannot be read. What the `Recorder` cannot write it logs itself, because it knows
 * what waits. Keeps the messages of this hour, at most `MAX_MESSAGES`; the metric counts the others, too. The composition
 * root has one.
 */

import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { LedgerOperation, OwnMetrics } from '../metrics/own-metrics.ts';

const HOUR_MS = 3_600_000;
const MAX_MESSAGES = 100;

export interface LedgerFailuresOptions {
  readonly metrics: Pick<OwnMetrics, 'countLedgerError'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: { error(fields: object, message: string): void };
}

export class LedgerFailures {
  readonly #options: LedgerFailuresOptions;
  readonly #logged = new Set<string>();
  /** Monotonic, milliseconds. */
  #since = -Infinity;

  constructor(options: LedgerFailuresOptions) {
    this.#options = options;
  }

  failed(operation: LedgerOperation, error: unknown): void {
    const { metrics, clock, log } = this.#options;
    metrics.countLedgerError(operation);
    const now = clock.monotonic();
    if (now - this.#since >= HOUR_MS) {
      this.#logged.clear();
      this.#since = now;
    }
    const message = messageOf(error);
    const key = `${operation} ${message}`;
    if (this.#logged.has(key) || this.#logged.size === MAX_MESSAGES) return;
    this.#logged.add(key);
    log.error({ operation }, message);
  }
}
