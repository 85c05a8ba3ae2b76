/**
 * Gives a job its budget and its first back-off back, when it has run without a restart for as long as the budget counts.
 * Called by the worker every few seconds; looks only at jobs that have something to get back.
 */

import { stabilised } from '../core/restart/budget.ts';
import type { JobRepairs } from '../core/restart/incident.ts';
import { policyFor } from '../core/restart/policy-for.ts';
import type { IncidentStore } from './incident-store.ts';
import type { Surroundings } from './situations.ts';

export class Stability {
  readonly #store: IncidentStore;
  readonly #surroundings: Surroundings;

  constructor(store: IncidentStore, surroundings: Surroundings) {
    this.#store = store;
    this.#surroundings = surroundings;
  }

  /** @throws MedicError `ledger_write` */
  async check(): Promise<void> {
    const stable = [...this.#store.allRepairs()].filter((repairs) => this.#isStable(repairs));
    if (stable.length === 0) return;
    await this.#store.change((draft) => {
      for (const { cluster, name } of stable) draft.putRepairs(stabilised(draft.repairs(cluster, name)));
    });
  }

  #isStable({ cluster: clusterName, name, sinceStable, exhausted }: JobRepairs): boolean {
    if (sinceStable === 0 && !exhausted) return false;
    const cluster = this.#surroundings.cluster(clusterName);
    const policy = policyFor(this.#surroundings.rules().policies, clusterName, name);
    if (cluster === undefined || policy === undefined) return false;
    const now = cluster.jobManagerNow();
    return [...cluster.history.runsOf(name)].some((run) => {
      const incident = this.#store.incidentOfAttempt(clusterName, run.jobId);
      const isConfirmed = incident === undefined || incident.state === 'succeeded';
      return isConfirmed && run.state === 'RUNNING' && now - run.stateEnteredAt >= policy.budget.perMs;
    });
  }
}
