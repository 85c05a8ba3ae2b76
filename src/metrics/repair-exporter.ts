/**
 * Keeps the lines of the repair families: a chunk store that is brought up to date at each scrape, because what these
 * families say depends on policies, on the time of day and on what a person paused, and no event tells of that. Bounded by
 * the names that the view gives. The composition root makes one; the exposition reads it.
 */

import { setImmediate } from 'node:timers/promises';
import { ChunkStore } from './chunk-store.ts';
import type { FactStore } from './exposition.ts';
import { type ExportedRepair, REPAIRS } from './families/repair-families.ts';
import type { FamilyText } from './family.ts';

/** Jobs with a policy or an incident, each name of a cluster once. Gone through at every scrape. */
export type RepairView = () => Iterable<ExportedRepair>;

/** About 1 ms, after which the event loop gets its turn. */
const NAMES_PER_TURN = 1_000;

export class RepairExporter implements FactStore {
  readonly #view: RepairView;
  readonly #store = new ChunkStore(REPAIRS);
  #exported: ReadonlyMap<string, ExportedRepair> = new Map();
  #refreshing: Promise<void> | undefined;

  constructor(view: RepairView) {
    this.#view = view;
  }

  /** Scrapes at the same time share one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  snapshot(clusters?: ReadonlySet<string>): FamilyText[] {
    return this.#store.snapshot(clusters);
  }

  /** Only what is other than at the scrape before is put, and so rendered. */
  async #refresh(): Promise<void> {
    const exported = new Map<string, ExportedRepair>();
    for (const repair of this.#view()) {
      const { cluster, name } = repair;
      const key = `${cluster}\n${name}`;
      const before = this.#exported.get(key);
      const kept = before !== undefined && isSame(before, repair) ? before : repair;
      exported.set(key, kept);
      this.#store.put(cluster, name, kept);
      if (exported.size % NAMES_PER_TURN === 0) await setImmediate();
    }
    for (const [key, { cluster, name }] of this.#exported) {
      if (!exported.has(key)) this.#store.remove(cluster, name);
    }
    this.#exported = exported;
    await this.#store.refresh();
  }
}

/** Written out: with 10,000 names a third of the time that `unlessEqual` takes. */
function isSame(a: ExportedRepair, b: ExportedRepair): boolean {
  return (
    a.managed === b.managed &&
    a.budgetRemaining === b.budgetRemaining &&
    a.results === b.results &&
    a.incident === b.incident
  );
}
