/**
 * Opens incidents without Alertmanager: for runs that ended in a status of `on` of a policy with a watchdog. Told of runs
 * as they are remembered, and asked once at the start for what ended while flink-medic was away. Keeps the clusters with
 * ends that the ledger did not take, or for which there are too many incidents, for the worker to look at again.
 */

import type { Trigger } from '../core/restart/incident.ts';
import { policyFor } from '../core/restart/policy-for.ts';
import type { Run } from '../core/run.ts';
import type { IncidentStore } from './incident-store.ts';
import { incidentOf, openIncident, roomForIncidents } from './open-incident.ts';
import type { Surroundings } from './situations.ts';

export interface WatchdogOptions {
  readonly store: IncidentStore;
  readonly surroundings: Surroundings;
  readonly opened: (incident: number) => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #refused = new Set<string>();

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /**
   * Looks at runs of a cluster that changed, or at all of it.
   *
   * @throws MedicError `ledger_write`; `lookAgain` makes up for it
   */
  async look(cluster: string, runs: Iterable<Run>): Promise<void> {
    const { store, surroundings, opened } = this.#options;
    const failed = [...runs].filter((run) => this.#isFailure(cluster, run));
    if (failed.length === 0) return;
    const at = surroundings.clock.now();
    const trigger: Trigger = { kind: 'watchdog', at, lastAt: at, count: 1, name: '', withdrawn: false };
    const opening = store.change((draft) => {
      const wanted = failed.filter((run) => incidentOf(draft, run) === undefined);
      const allowed = wanted.slice(0, roomForIncidents(draft, cluster));
      if (allowed.length < wanted.length) this.#refused.add(cluster);
      return allowed.map((run) => openIncident(draft, run, trigger).incident.id);
    });
    const isNew = await opening.catch((error: unknown) => {
      this.#refused.add(cluster);
      throw error;
    });
    for (const incident of isNew) opened(incident);
  }

  /** A run that has ended does not change any more, so nothing else would bring it here again. @throws as `look` */
  async lookAgain(): Promise<void> {
    for (const name of [...this.#refused]) {
      this.#refused.delete(name);
      await this.look(name, this.#options.surroundings.cluster(name)?.history.runs() ?? []);
    }
  }

  /** What ended long ago opens nothing: it would only be refused. */
  #isFailure(cluster: string, run: Run): boolean {
    const { store, surroundings } = this.#options;
    if (run.final === undefined) return false;
    const { policies, actWithinMs, mode } = surroundings.rules();
    const policy = policyFor(policies, cluster, run.name);
    if (mode === 'off' || policy?.triggers.watchdog !== true || !policy.on.includes(run.final.status)) return false;
    const now = surroundings.cluster(cluster)?.jobManagerNow() ?? surroundings.clock.now();
    return now - run.final.endTime <= actWithinMs && incidentOf(store, run) === undefined;
  }
}
