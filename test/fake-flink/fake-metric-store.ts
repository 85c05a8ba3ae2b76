/**
 * The metrics that a JobManager serves over REST (`MetricFetcherImpl`): a request more than ten seconds after the last
 * fetch starts a new one and is itself answered from the old, so the first answer after idle is stale or empty. A job
 * that ended keeps what was fetched while it ran. Keeps one entry a job, until `clear`.
 */

import type { FakeJob } from './fake-job.ts';

/** `metrics.fetcher.update-interval` in milliseconds. */
const UPDATE_INTERVAL = 10_000;

export interface FakeMetrics {
  readonly numRestarts: number;
  readonly numRescales: number;
}

export class FakeMetricStore {
  readonly #now: () => number;
  readonly #jobs: () => readonly FakeJob[];
  readonly #stored = new Map<string, FakeMetrics>();
  #fetchedAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number, jobs: () => readonly FakeJob[]) {
    this.#now = now;
    this.#jobs = jobs;
  }

  /** What a request now is answered with. */
  ask(jobId: string): FakeMetrics | undefined {
    const answer = this.#stored.get(jobId);
    if (this.#now() - this.#fetchedAt > UPDATE_INTERVAL) {
      this.#fetchedAt = this.#now();
      for (const job of this.#jobs()) {
        if (job.endTime === undefined) {
          this.#stored.set(job.jobId, { numRestarts: job.restarts, numRescales: job.rescales });
        }
      }
    }
    return answer;
  }

  /** Another JobManager process. */
  clear(): void {
    this.#stored.clear();
    this.#fetchedAt = Number.NEGATIVE_INFINITY;
  }
}
