/**
 * The runs of one cluster, found by job id, by name and by being live. Decides nothing and counts nothing; as large as
 * its `ClusterHistory` lets it become.
 */

import { lastStartOf, type Run, type RunKey } from './run.ts';

export class RunIndex {
  readonly #byId = new Map<string, readonly Run[]>();
  readonly #byName = new Map<string, Set<Run>>();
  readonly #live = new Set<Run>();
  #size = 0;

  /** Every run, in no order. */
  *all(): Generator<Run> {
    for (const generations of this.#byId.values()) yield* generations;
  }

  /** Runs without a final status: as they are now, whatever changes while they are gone through. */
  live(): Run[] {
    return [...this.#live];
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get endedCount(): number {
    return this.#size - this.#live.size;
  }

  /** The runs of one job id, by their last start. */
  generations(jobId: string): readonly Run[] {
    return this.#byId.get(jobId) ?? [];
  }

  find({ jobId, generation }: RunKey): Run | undefined {
    return this.generations(jobId).find((run) => run.generation === generation);
  }

  /** The runs of one job name, in no order. */
  runsOf(name: string): ReadonlySet<Run> {
    return this.#byName.get(name) ?? new Set();
  }

  /** Puts `after` where `before` was; without the one it adds, without the other it removes. */
  replace(before: Run | undefined, after: Run | undefined): void {
    const jobId = (after ?? before)?.jobId ?? '';
    this.#size += Number(after !== undefined) - Number(before !== undefined);
    const others = this.generations(jobId).filter((run) => run !== before);
    const generations = after === undefined ? others : [...others, after];
    if (generations.length > 1) generations.sort((a, b) => lastStartOf(a) - lastStartOf(b));
    if (generations.length === 0) this.#byId.delete(jobId);
    else this.#byId.set(jobId, generations);
    if (before !== undefined) {
      this.#live.delete(before);
      const group = this.#byName.get(before.name);
      group?.delete(before);
      if (group?.size === 0) this.#byName.delete(before.name);
    }
    if (after !== undefined) {
      if (after.final === undefined) this.#live.add(after);
      const group = this.#byName.get(after.name);
      if (group === undefined) this.#byName.set(after.name, new Set([after]));
      else group.add(after);
    }
  }
}
