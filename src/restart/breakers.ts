/**
 * Keeps the breaker of each cluster in step with how its jobs end. Called by the worker at every turn; what changes is in
 * the ledger, so that a restart of flink-medic closes no breaker.
 */

import { setImmediate } from 'node:timers/promises';
import { type BreakerState, failureShare, nextBreaker } from '../core/restart/breaker.ts';
import type { BreakerRules } from '../core/restart/policy.ts';
import type { RunKey } from '../core/run.ts';
import type { IncidentStore } from './incident-store.ts';
import { breakerOf, setBreaker } from './restart-settings.ts';
import type { Surroundings } from './situations.ts';
import type { WatchedCluster } from './watched-cluster.ts';

export interface BreakersOptions {
  readonly store: IncidentStore;
  readonly surroundings: Surroundings;
  readonly log: { warn(fields: object, message: string): void };
}

export class Breakers {
  readonly #options: BreakersOptions;
  /** Clusters of which runs changed since the last check: only that can open a breaker, or other rules. */
  readonly #changed = new Set<string>();
  /** Those of the last check: a reload brings others. */
  #rules: BreakerRules;

  constructor(options: BreakersOptions) {
    this.#options = options;
    this.#rules = options.surroundings.rules().breaker;
  }

  /** Runs of this cluster changed. */
  runsChanged(cluster: string): void {
    this.#changed.add(cluster);
  }

  /**
   * @returns whether one opened
   * @throws MedicError `ledger_write`
   */
  async check(): Promise<boolean> {
    const { surroundings } = this.#options;
    const { breaker: rules } = surroundings.rules();
    const clusters = surroundings.clusters().filter(({ name }) => this.#changed.delete(name) || rules !== this.#rules);
    this.#rules = rules;
    try {
      return await this.#check(clusters);
    } catch (error) {
      // What nobody could look at must not stay closed for that.
      for (const { name } of clusters) this.#changed.add(name);
      throw error;
    }
  }

  async #check(clusters: readonly WatchedCluster[]): Promise<boolean> {
    const failing: WatchedCluster[] = [];
    for (const cluster of clusters) {
      if (this.#next(cluster) !== undefined) failing.push(cluster);
      // All runs of the cluster were gone through, some milliseconds of a large one.
      await setImmediate();
    }
    if (failing.length === 0) return false;
    const { store } = this.#options;
    const moved = await store.change((draft) =>
      failing.flatMap((cluster) => {
        const next = this.#next(cluster);
        if (next === undefined) return [];
        setBreaker(draft, cluster.name, next);
        return [{ cluster: cluster.name, next }];
      }),
    );
    for (const { cluster, next } of moved) {
      this.#options.log.warn({ flink_cluster: cluster }, `the breaker opened, restarts wait: ${next.detail}`);
    }
    return moved.length > 0;
  }

  #next(cluster: WatchedCluster): BreakerState | undefined {
    const { store, surroundings } = this.#options;
    const { breaker: rules } = surroundings.rules();
    const state = breakerOf(store, cluster.name);
    // A run that was confirmed is the job's own: when it fails, that is another failure.
    const isAttempt = ({ jobId }: RunKey): boolean => {
      const incident = store.incidentOfAttempt(cluster.name, jobId);
      return incident !== undefined && incident.state !== 'succeeded';
    };
    const now = surroundings.clock.now();
    const offsetMs = cluster.jobManagerNow() - now;
    const share = failureShare(cluster.history.runs(), isAttempt, {
      from: now + offsetMs - rules.windowMs,
      ...(state.closedAt !== undefined && { ignoreUntil: state.closedAt + offsetMs }),
    });
    const next = nextBreaker(state, share, rules, now);
    return next === state ? undefined : next;
  }
}
