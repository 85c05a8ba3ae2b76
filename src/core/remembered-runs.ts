/**
 * What is remembered of one cluster: its runs, awake or asleep, the counters of its job names, and what changed of them
 * since `drain` last handed it to the ledger and the exposition. Decides nothing: `ClusterHistory` does, and changes runs
 * through `put` alone.
 *
 * Bounded by `prune`: ended runs outside the retention leave as tombstones. Others sleep when nobody needs them (`sleep`),
 * and wake when they are asked for by id. Tombstones and the counters of names without runs stay in the ledger only and
 * are handed in again through `recall` when an id or a name turns up that is not known.
 */

import { MedicError } from './errors.ts';
import type { Generations } from './identity.ts';
import { boundLabel } from './label-value.ts';
import { NameBook } from './name-book.ts';
import { countEnded, countVanished, type NameCounters } from './name-counters.ts';
import { RecalledTombstones } from './recalled-tombstones.ts';
import { keyOf, type Run, type RunEvent, type RunKey, type Tombstone, tombstoneOf } from './run.ts';
import { eventsOf } from './run-events.ts';
import { RunIndex } from './run-index.ts';
import { sharedValues } from './shared-values.ts';
import type { SleepingRuns } from './sleeping-run.ts';
import { type ArchivedBy, isEnded } from './states.ts';

/** Of the runs that end; as many as a large cluster has names. */
const MAX_SHARED = 10_000;

/** What changed since the last `drain`. */
export interface Changes {
  readonly cluster: string;
  readonly runs: readonly Run[];
  readonly removed: readonly Tombstone[];
  readonly names: readonly NameCounters[];
  readonly events: readonly RunEvent[];
  readonly placed: readonly { readonly archive: string; readonly run: RunKey }[];
  readonly recoveries: Recoveries;
}

/** Runs lost from sight whose final status an archive told, by where it was found. */
export type Recoveries = Readonly<Record<ArchivedBy, number>>;

/** What it begins with: from the ledger, or nothing. */
export interface SavedRuns {
  readonly runs: readonly Run[];
  readonly names: readonly NameCounters[];
  /** From 0 when left out. */
  readonly recoveries?: Partial<Recoveries>;
}

export class RememberedRuns {
  readonly cluster: string;
  readonly #runs = new RunIndex();
  readonly #names: NameBook;
  readonly #tombstones = new RecalledTombstones();
  readonly #shared = sharedValues(MAX_SHARED);
  #recoveries: Recoveries;
  readonly #changed = new Map<string, Run>();
  readonly #removed: Tombstone[] = [];
  readonly #events: RunEvent[] = [];
  readonly #placed: { archive: string; run: RunKey }[] = [];

  constructor(cluster: string, saved: SavedRuns) {
    this.cluster = cluster;
    this.#names = new NameBook(cluster, saved.names);
    for (const run of saved.runs) this.#index(undefined, run);
    this.#recoveries = { archive: 0, history_server: 0, ...saved.recoveries };
  }

  get recoveries(): Recoveries {
    return this.#recoveries;
  }

  /** Every remembered run, asleep or not, in no order. */
  runs(): Iterable<Run> {
    return this.#runs.all();
  }

  get liveRuns(): number {
    return this.#runs.liveCount;
  }

  get endedRuns(): number {
    return this.#runs.endedCount;
  }

  /** The runs of one job id, oldest first. */
  generations(jobId: string): readonly Run[] {
    return this.#runs.generations(jobId);
  }

  /** The same, asleep or not. */
  asleepOrNot(jobId: string): readonly Run[] {
    return this.#runs.asleepOrNot(jobId);
  }

  /** Whether a run is remembered, asleep or not. */
  remembers({ jobId, generation }: RunKey): boolean {
    return this.asleepOrNot(jobId).some((run) => run.generation === generation);
  }

  /** The run that a job id means now: the one that has not ended, else the one that began last. */
  newest(jobId: string): Run | undefined {
    const newest = newestOf(this.asleepOrNot(jobId));
    return newest && this.#runs.wake(newest);
  }

  /** Whether its job id means this run now. */
  isNewest(run: Run): boolean {
    return newestOf(this.asleepOrNot(run.jobId)) === run;
  }

  /** A run that is remembered, as it is to be kept: awake. Undefined when the ledger cannot give it back. */
  tryWake(run: Run): Run | undefined {
    try {
      return this.#runs.wake(run);
    } catch (error) {
      if (error instanceof MedicError) return undefined;
      throw error;
    }
  }

  /** Whether all runs of a job id can be had: nothing new is told of it while the ledger cannot give one back. */
  isReadable(jobId: string): boolean {
    return this.asleepOrNot(jobId).every((run) => this.tryWake(run) !== undefined);
  }

  /** The runs of one job name, asleep or not, in no order. */
  runsOf(name: string): ReadonlySet<Run> {
    return this.#runs.runsOf(name);
  }

  names(): Iterable<NameCounters> {
    return this.#names.all();
  }

  /** Whether a name has a run, or its counters are in memory. */
  hasName(name: string): boolean {
    return this.#names.has(name);
  }

  counters(name: string): NameCounters {
    return this.#names.counters(name);
  }

  /**
   * The ids and names among these of which the ledger may know more than we do: load them and `recall`. An id that we
   * know is one of them when the start time is new: it may be that of an older generation that has left.
   */
  strangers(jobs: readonly { readonly jobId: string; readonly name: string; readonly startTime: number }[]): {
    jobIds: string[];
    names: string[];
  } {
    const isKnown = ({ jobId, startTime }: (typeof jobs)[number]): boolean =>
      this.asleepOrNot(jobId).some((run) => run.startTimes.includes(startTime));
    const jobIds = new Set(jobs.filter((job) => !isKnown(job)).map((job) => job.jobId));
    const names = new Set(jobs.map((job) => boundLabel(job.name)).filter((name) => !this.#names.has(name)));
    return { jobIds: [...jobIds], names: [...names] };
  }

  /** Takes back what had left memory. Tombstones are kept until the next `prune` but one. */
  recall(tombstones: readonly Tombstone[], names: readonly NameCounters[]): void {
    for (const stone of tombstones) this.#tombstones.add(stone);
    this.#names.recall(names);
  }

  /**
   * Removes ended runs for which `leaves` is true; what stays of each is a tombstone.
   *
   * @returns their names
   */
  prune(leaves: (run: Run) => boolean): ReadonlySet<string> {
    this.#tombstones.age();
    const names = new Set<string>();
    for (const run of [...this.runs()]) {
      if (run.final === undefined || !leaves(run)) continue;
      this.#runs.replace(run, undefined);
      this.#changed.delete(keyOf(run));
      const stone = tombstoneOf(run);
      this.#removed.push(stone);
      this.#tombstones.add(stone);
      names.add(run.name);
    }
    return names;
  }

  /**
   * Puts ended runs to sleep that were drained, but for those that somebody needs.
   *
   * @param source gives them back: from the ledger, or from what waits to get there
   */
  sleep(isNeeded: (run: Run) => boolean, source: SleepingRuns): void {
    this.#runs.sleep((run) => this.#changed.has(keyOf(run)) || isNeeded(run), source);
  }

  /**
   * Drops the counters of names without runs from memory; the ledger keeps them. Names that were recalled since the last
   * call stay, because whoever recalled them is about to use them.
   *
   * @param keeps names whose counters are needed all the same
   */
  forgetNames(keeps: (name: string) => boolean): void {
    this.#names.forget((name) => this.runsOf(name).size > 0 || keeps(name));
  }

  /** Everything that changed since the last call. */
  drain(): Changes {
    const changes: Changes = {
      cluster: this.cluster,
      runs: [...this.#changed.values()],
      removed: this.#removed.splice(0),
      names: this.#names.drain(),
      events: this.#events.splice(0),
      placed: this.#placed.splice(0),
      recoveries: this.#recoveries,
    };
    this.#changed.clear();
    return changes;
  }

  /** Runs without a final status: as they are now, whatever changes while they are gone through. */
  protected live(): Run[] {
    return this.#runs.live();
  }

  protected find(key: RunKey): Run | undefined {
    return this.#runs.find(key);
  }

  /** What is known of the runs of a job id, and what is recalled of those that left. */
  protected generationsOf(jobId: string): Generations {
    return { runs: this.generations(jobId), tombstones: this.#tombstones.of(jobId) };
  }

  /** For a run that was not known. */
  protected nextKey(jobId: string): RunKey {
    const { runs, tombstones } = this.generationsOf(jobId);
    // Application mode may give one id to every run for years: more than one call can take as arguments.
    const highest = [...runs, ...tombstones].reduce((most, { generation }) => Math.max(most, generation), 0);
    return { cluster: this.cluster, jobId, generation: highest + 1 };
  }

  /** The one place where a run changes: it counts, writes the audit, and marks what the ledger has to store. */
  protected put(before: Run | undefined, after: Run, at: number): void {
    if (before === after) return;
    if (after.final !== undefined) this.#shared.share(after);
    this.#index(before, after);
    this.#changed.set(keyOf(after), after);
    for (const event of eventsOf(before, after, at)) {
      this.#events.push(event);
      if (event.kind === 'vanished') this.#names.count(after.name, countVanished);
      if (event.kind === 'ended') this.#countEnd(after);
    }
  }

  /** An archive told of this run: its file is attributed with the next commit. */
  protected placed(archive: string, { cluster, jobId, generation }: RunKey): void {
    this.#placed.push({ archive, run: { cluster, jobId, generation } });
  }

  #countEnd({ name, final, seenAlive }: Run): void {
    if (final === undefined || !isEnded(final.status)) return;
    const { status, source } = final;
    this.#names.count(name, (counters) => countEnded(counters, status));
    if (seenAlive && (source === 'archive' || source === 'history_server')) {
      this.#recoveries = { ...this.#recoveries, [source]: this.#recoveries[source] + 1 };
    }
  }

  #index(before: Run | undefined, after: Run): void {
    this.#runs.replace(before, after);
    this.#names.enter(after.name);
  }
}

function newestOf(generations: readonly Run[]): Run | undefined {
  // Most have one, and all are asked.
  if (generations.length === 1) return generations[0];
  return generations.findLast((run) => run.final === undefined) ?? generations.at(-1);
}
