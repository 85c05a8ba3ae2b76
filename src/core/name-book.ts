/**
 * The counters of the job names of one cluster that are in memory, and which of them the ledger has to store. Those of
 * names without runs leave by `forget`, stay in the ledger and come back by `recall`. `RememberedRuns` keeps one.
 */

import { type NameCounters, noCounts } from './name-counters.ts';

export class NameBook {
  readonly #cluster: string;
  readonly #counters = new Map<string, NameCounters>();
  /** Since the last `drain`. */
  readonly #changed = new Set<string>();
  /** Since the last `forget`. */
  readonly #recalled = new Set<string>();

  constructor(cluster: string, saved: readonly NameCounters[]) {
    this.#cluster = cluster;
    for (const counters of saved) this.#counters.set(counters.name, counters);
  }

  all(): Iterable<NameCounters> {
    return this.#counters.values();
  }

  has(name: string): boolean {
    return this.#counters.has(name);
  }

  counters(name: string): NameCounters {
    return this.#counters.get(name) ?? noCounts(this.#cluster, name);
  }

  /** From now on it has counters, if only zeros. */
  enter(name: string): void {
    if (!this.has(name)) this.#counters.set(name, this.counters(name));
  }

  count(name: string, change: (counters: NameCounters) => NameCounters): void {
    this.#counters.set(name, change(this.counters(name)));
    this.#changed.add(name);
  }

  recall(saved: readonly NameCounters[]): void {
    for (const counters of saved) {
      this.#recalled.add(counters.name);
      if (!this.has(counters.name)) this.#counters.set(counters.name, counters);
    }
  }

  /** Drops the others from memory, but for those that were not stored yet, or were recalled since the last call. */
  forget(keeps: (name: string) => boolean): void {
    for (const name of [...this.#counters.keys()]) {
      const isUsed = this.#changed.has(name) || this.#recalled.has(name);
      if (!isUsed && !keeps(name)) this.#counters.delete(name);
    }
    this.#recalled.clear();
  }

  /** The counters that changed since the last call. */
  drain(): NameCounters[] {
    const changed = [...this.#changed].map((name) => this.counters(name));
    this.#changed.clear();
    return changed;
  }
}
