/**
 * The JobManager addresses of one cluster. Asks the one that answered last, and on any failure the next; counts what
 * failed. Keeps which address is good. Used by the observer of the cluster only.
 */

import { MedicError, messageOf, OBSERVATION_FAILURES, type ObservationFailure } from '../core/errors.ts';
import type { JobManager, JobManagerApi } from './job-manager-api.ts';

export interface Asked<T> {
  readonly value: T;
  readonly address: string;
}

export class JobManagerSet {
  readonly #all: readonly JobManager[];
  readonly #failed: (reason: ObservationFailure, error: unknown) => void;
  #good = 0;
  #onlyFirst = false;

  constructor(jobManagers: readonly JobManager[], failed: (reason: ObservationFailure, error: unknown) => void) {
    this.#all = jobManagers;
    this.#failed = failed;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Without HA two addresses are two clusters: mixing their answers would make jobs come and go. */
  askOnlyFirst(only: boolean): void {
    this.#onlyFirst = only;
    if (only) this.#good = 0;
  }

  /**
   * The answer of the first address that gives one, beginning with the one that gave the last.
   *
   * @throws the failure of the last address asked
   */
  async askAny<T>(ask: (api: JobManagerApi) => Promise<T>, signal: AbortSignal): Promise<Asked<T>> {
    const count = this.#onlyFirst ? 1 : this.#all.length;
    let failure: unknown = new MedicError('connection', 'no JobManager is configured');
    for (let step = 0; step < count; step++) {
      const index = (this.#good + step) % this.#all.length;
      const jobManager = this.#all[index];
      if (jobManager === undefined) break;
      try {
        const value = await ask(jobManager.api);
        this.#good = index;
        return { value, address: jobManager.address };
      } catch (error) {
        signal.throwIfAborted();
        this.countFailure(error);
        failure = error;
      }
    }
    throw failure;
  }

  /** The answer of the address that answered last. Failures are counted and thrown. */
  async ask<T>(ask: (api: JobManagerApi) => Promise<T>, signal: AbortSignal): Promise<T> {
    const jobManager = this.#all[this.#good];
    if (jobManager === undefined) throw new MedicError('connection', 'no JobManager is configured');
    try {
      return await ask(jobManager.api);
    } catch (error) {
      signal.throwIfAborted();
      this.countFailure(error);
      throw error;
    }
  }

  countFailure(error: unknown): void {
    this.#failed(reasonOf(error), error);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ api }) => api.close()));
  }
}

function reasonOf(error: unknown): ObservationFailure {
  const code = error instanceof MedicError ? error.code : undefined;
  const reason = OBSERVATION_FAILURES.find((known) => known === code);
  if (reason === undefined) throw new Error(`not a failure of a request: ${messageOf(error)}`, { cause: error });
  return reason;
}
