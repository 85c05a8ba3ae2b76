/**
 * Serves `/probe`: observes one cluster now and shows what is known of it then, within the scraper's patience. Keeps
 * nothing. Made by the composition root.
 */

import type { Clock, Timers } from '../core/clock.ts';
import type { MakePage } from '../http/routes/exposition-answer.ts';
import type { Prober } from '../http/routes/probe.ts';
import { Exposition, type FactStore } from '../metrics/exposition.ts';
import { PROBE_FAMILIES } from '../metrics/families/probe-families.ts';
import { renderRecords } from '../metrics/render-records.ts';
import type { Fleet } from './fleet.ts';

export class FleetProber implements Prober {
  readonly #fleet: Fleet;
  readonly #stores: readonly FactStore[];
  readonly #clock: Clock;
  readonly #timers: Timers;

  constructor(fleet: Fleet, stores: readonly FactStore[], clock: Clock, timers: Timers) {
    this.#fleet = fleet;
    this.#stores = stores;
    this.#clock = clock;
    this.#timers = timers;
  }

  isCluster(name: string): boolean {
    return this.#fleet.cluster(name) !== undefined;
  }

  async probe(name: string, timeoutMs: number): Promise<MakePage> {
    const startedAt = this.#clock.monotonic();
    const success = await this.#succeeds(name, timeoutMs);
    const result = { success, durationMs: this.#clock.monotonic() - startedAt };
    const exposition = new Exposition(this.#stores, {
      families: () => Promise.resolve(renderRecords(PROBE_FAMILIES, result)),
    });
    return (format) => exposition.page({ format, clusters: new Set([name]) });
  }

  async #succeeds(name: string, timeoutMs: number): Promise<boolean> {
    const cluster = this.#fleet.cluster(name);
    if (cluster === undefined) return false;
    // There is nothing to observe where only archives are watched.
    if (!cluster.status.hasJobManagers) return cluster.archives().every((archive) => archive.exported()?.up === true);
    const observed = await this.#inTime(cluster.observe(), timeoutMs);
    return observed && cluster.status.up === true;
  }

  /** False when time was up first; the observation goes on and serves whoever asks next. */
  async #inTime(observation: Promise<void>, timeoutMs: number): Promise<boolean> {
    let cancel: (() => void) | undefined;
    const timeUp = new Promise<false>((resolve) => {
      cancel = this.#timers.after(timeoutMs, () => resolve(false));
    });
    try {
      return await Promise.race([observation.then(() => true), timeUp]);
    } finally {
      cancel?.();
    }
  }
}
