/**
 * Whether several addresses of a cluster may all be asked: without high availability another address is another cluster,
 * whose jobs are not ours. Keeps the answer and what is wrong with it. `ClusterObserver` has one.
 */

import { MedicError } from '../core/errors.ts';
import { isHighlyAvailable } from '../flink/cluster-facts.ts';
import type { JobManagerSet } from './job-manager-set.ts';

const SEVERAL_CLUSTERS =
  'several jobmanagers are configured, but high-availability.type is NONE: they are different clusters, and only the ' +
  'first is asked. Give each a cluster of its own, or switch high availability on.';
const UNKNOWN =
  'several jobmanagers are configured, and none lets GET /jobmanager/config be read, so that it is not known whether they ' +
  'are one cluster: only the first is asked. Allow that request, or configure one address.';

export class Availability {
  readonly #jobManagers: JobManagerSet;
  #known = false;
  #problem: string | undefined;

  constructor(jobManagers: JobManagerSet) {
    this.#jobManagers = jobManagers;
  }

  /** Why only the first of several addresses is asked. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Asks for it before the first list. */
  async learn(signal: AbortSignal): Promise<void> {
    if (this.#jobManagers.size < 2 || this.#known) return;
    this.#jobManagers.askOnlyFirst(false);
    try {
      const { value } = await this.#jobManagers.askAny((api) => api.jobManagerConfig(signal), signal);
      this.is(isHighlyAvailable(value));
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      this.#set(UNKNOWN);
    }
  }

  is(highlyAvailable: boolean): void {
    this.#known = true;
    this.#set(highlyAvailable || this.#jobManagers.size === 1 ? undefined : SEVERAL_CLUSTERS);
  }

  /** Who comes back may be configured otherwise. */
  forget(): void {
    this.#known = false;
  }

  #set(problem: string | undefined): void {
    this.#jobManagers.askOnlyFirst(problem !== undefined);
    this.#problem = problem;
  }
}
