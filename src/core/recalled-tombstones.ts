/**
 * Tombstones of runs that left lately or were recalled from the ledger, by job id. Each stays until `age` was called twice:
 * others may call it between a `recall` and its use. `RememberedRuns` keeps one.
 */

import type { Tombstone } from './run.ts';

export class RecalledTombstones {
  #newer = new Map<string, readonly Tombstone[]>();
  #older: ReadonlyMap<string, readonly Tombstone[]> = new Map();

  of(jobId: string): Tombstone[] {
    return [this.#newer, this.#older].flatMap((stones) => stones.get(jobId) ?? []);
  }

  add(stone: Tombstone): void {
    const others = this.#newer.get(stone.jobId)?.filter(({ generation }) => generation !== stone.generation);
    this.#newer.set(stone.jobId, [...(others ?? []), stone]);
  }

  age(): void {
    this.#older = this.#newer;
    this.#newer = new Map();
  }
}
