/**
 * Puts what is known of Flink into the chunk stores: which runs, names, clusters and archives are exported now, and with
 * what. Keeps one small value for each run that could be exported, bounded by the retention; more than `maxJobs` of a
 * cluster are left out and counted. Called after every change and once a minute, because time alone takes runs out.
 */

import type { RememberedRuns } from '../core/remembered-runs.ts';
import type { ClusterStatus } from '../core/cluster-status.ts';
import { unlessEqual } from '../core/unless-equal.ts';
import { byImportance, type ExportBounds, type ExportedRun, exportedRuns } from '../core/exposure.ts';
import { keyOf, type Run } from '../core/run.ts';
import { ChunkStore } from './chunk-store.ts';
import { ARCHIVES, type ExportedArchive } from './families/archive-families.ts';
import { CLUSTERS } from './families/cluster-families.ts';
import { type ExportedName, NAMES } from './families/name-families.ts';
import { RUNS } from './families/run-families.ts';

export interface ExportLimits extends ExportBounds {
  readonly maxJobs: number;
}

/** A cluster at the moment of an export. */
export interface ClusterNow {
  readonly history: RememberedRuns;
  readonly status: ClusterStatus;
  /** The same object as long as it holds the same: another one exports every name anew. */
  readonly expectedJobs: ReadonlySet<string>;
  /** Whether the archives were scanned once, so that the counters of ended runs are complete. */
  readonly counted: boolean;
  /** The present moment in the JobManager's clock, milliseconds. */
  readonly jobManagerNow: number;
}

/** What the export of every run depends on. */
interface RunBasis {
  /** Live runs are exported: an observation was tried. */
  readonly live: boolean;
  readonly limits: ExportLimits;
}

/** What the export of every name depends on, beside its runs. */
interface NameBasis {
  readonly observed: boolean;
  readonly counted: boolean;
  readonly expectedJobs: ReadonlySet<string>;
}

type Candidates = ReadonlyMap<string, ExportedRun>;

/** What an export changes of the candidates of a cluster. */
interface Changed {
  /** By key; put after those that left were removed: a run can leave one name for another. */
  readonly runs: Map<string, ExportedRun>;
  readonly left: string[];
}

const NO_RUNS: Candidates = new Map();

interface ClusterExports {
  /** Runs that retention allows, by name and key, whether or not `maxJobs` lets them through. */
  readonly candidates: Map<string, Candidates>;
  candidateCount: number;
  readonly names: Map<string, ExportedName>;
  /** When time alone takes a run of the name off the page, in the JobManager's clock; long ago for one that is unread. */
  readonly leavesAt: Map<string, number>;
  /** How many candidates `maxJobs` leaves out. */
  omitted: number;
  /** Undefined before the first export. */
  runBasis: RunBasis | undefined;
  nameBasis: NameBasis | undefined;
}

export class FactExporter {
  readonly runs = new ChunkStore(RUNS);
  readonly names = new ChunkStore(NAMES);
  readonly clusters = new ChunkStore(CLUSTERS);
  readonly archives = new ChunkStore(ARCHIVES);
  #limits: ExportLimits;
  readonly #exports = new Map<string, ClusterExports>();

  constructor(limits: ExportLimits) {
    this.#limits = limits;
  }

  /** After a reload; what is exported follows with the next `exportCluster`. */
  setLimits(limits: ExportLimits): void {
    this.#limits = limits;
  }

  /**
   * Exports a cluster as it is now.
   *
   * @param changedNames job names whose runs or counters changed; all names when left out
   * @returns how many runs `maxJobs` left out
   */
  exportCluster(cluster: ClusterNow, changedNames?: Iterable<string>): number {
    const { history, status } = cluster;
    const exports = this.#exportsOf(history.cluster);
    const { runsAnew, namesAnew } = this.#renewBasis(cluster, exports);
    const names = runsAnew || changedNames === undefined ? allNames(cluster, exports) : related(history, changedNames);
    const changed: Changed = { runs: new Map(), left: [] };
    for (const name of names) this.#exportRuns(cluster, exports, name, changed);
    for (const name of namesAnew ? allNames(cluster, exports) : names) this.#exportName(cluster, exports, name);
    this.#showRuns(history.cluster, exports, changed, runsAnew);
    this.clusters.put(history.cluster, 'cluster', {
      status,
      jobsOmitted: exports.omitted + status.jobsNotTaken,
    });
    return exports.omitted;
  }

  /** Takes runs out that are too old by now, and looks again for what could not be read. */
  expire(cluster: ClusterNow): number {
    const { leavesAt } = this.#exportsOf(cluster.history.cluster);
    const due = [...leavesAt].filter(([, at]) => at < cluster.jobManagerNow);
    return this.exportCluster(
      cluster,
      due.map(([name]) => name),
    );
  }

  /** Whether a run could be exported now, be it only if `maxJobs` let it. */
  holds(run: Run): boolean {
    return this.#exports.get(run.cluster)?.candidates.has(keyOf(run)) === true;
  }

  /** Exported runs ÷ `maxJobs` of the cluster where that is highest. */
  get fullness(): number {
    const exported = [...this.#exports.values()].map(({ candidateCount, omitted }) => candidateCount - omitted);
    return Math.max(0, ...exported) / this.#limits.maxJobs;
  }

  exportArchive(archive: ExportedArchive): void {
    this.archives.put(archive.cluster, archive.archive, archive);
  }

  /** A cluster or folder that left the configuration exports nothing. */
  removeCluster(cluster: string): void {
    this.#exports.delete(cluster);
    for (const store of [this.runs, this.names, this.clusters]) store.removeCluster(cluster);
  }

  removeArchive(archive: string, cluster: string): void {
    this.archives.remove(cluster, archive);
  }

  /** @returns whether every run, and every name, is to be exported anew */
  #renewBasis(
    { status, counted, expectedJobs }: ClusterNow,
    exports: ClusterExports,
  ): { runsAnew: boolean; namesAnew: boolean } {
    const { runBasis, nameBasis } = exports;
    const live = !status.hasJobManagers || status.up !== undefined;
    exports.runBasis = renewed(runBasis, { live, limits: this.#limits });
    exports.nameBasis = renewed(nameBasis, { observed: status.lastObservedAt !== undefined, counted, expectedJobs });
    return { runsAnew: exports.runBasis !== runBasis, namesAnew: exports.nameBasis !== nameBasis };
  }

  /** @param changed takes the runs that are exported otherwise than before, or no more */
  #exportRuns(cluster: ClusterNow, exports: ClusterExports, name: string, changed: Changed): void {
    const { history, jobManagerNow } = cluster;
    const allowed = exportedRuns(history, name, this.#limits, jobManagerNow);
    const visible = exports.runBasis?.live === true ? allowed : allowed.filter(({ run }) => run.final !== undefined);
    const before = exports.candidates.get(name) ?? NO_RUNS;
    const runs = new Map<string, ExportedRun>();
    for (const exported of visible) {
      const key = keyOf(exported.run);
      const known = before.get(key);
      const kept = known === undefined ? exported : unlessEqual(known, exported);
      runs.set(key, kept);
      if (kept !== known) changed.runs.set(key, kept);
    }
    for (const key of before.keys()) if (!runs.has(key)) changed.left.push(key);
    exports.candidateCount += runs.size - before.size;
    setOrDelete(exports.candidates, name, runs.size > 0 ? runs : undefined);
    setOrDelete(exports.leavesAt, name, firstLeave(visible, this.#limits));
  }

  #exportName(cluster: ClusterNow, exports: ClusterExports, name: string): void {
    const { history, expectedJobs, counted } = cluster;
    const expected = expectedJobs.has(name);
    if (!exports.candidates.has(name) && !expected) {
      exports.names.delete(name);
      this.names.remove(history.cluster, name);
      return;
    }
    let liveRuns = 0;
    for (const run of history.runsOf(name)) if (run.final === undefined) liveRuns += 1;
    const exported: ExportedName = {
      counters: history.counters(name),
      expected,
      counted,
      // Nobody knows how many live on a cluster that was never seen.
      ...(exports.nameBasis?.observed === true ? { liveRuns } : {}),
    };
    this.names.put(history.cluster, name, keep(exports.names, name, exported));
  }

  /** Puts what changed; only where `maxJobs` leaves something out, or did, a change of one run can move others. */
  #showRuns(cluster: string, exports: ClusterExports, changed: Changed, isNew: boolean): void {
    const { candidates } = exports;
    const omittedBefore = exports.omitted;
    exports.omitted = Math.max(0, exports.candidateCount - this.#limits.maxJobs);
    for (const key of changed.left) this.runs.remove(cluster, key);
    if (exports.omitted === 0) for (const [key, exported] of changed.runs) this.runs.put(cluster, key, exported);
    if (omittedBefore === 0 && exports.omitted === 0) return;
    if (changed.runs.size === 0 && changed.left.length === 0 && !isNew) return;
    const all = [...candidates.values()].flatMap((runs) => [...runs.values()]);
    const ranked = all.toSorted((a, b) => byImportance(a.run, b.run));
    for (const [rank, exported] of ranked.entries()) {
      if (rank < this.#limits.maxJobs) this.runs.put(cluster, keyOf(exported.run), exported);
      else this.runs.remove(cluster, keyOf(exported.run));
    }
  }

  #exportsOf(cluster: string): ClusterExports {
    let exports = this.#exports.get(cluster);
    if (exports === undefined) {
      exports = {
        candidates: new Map(),
        candidateCount: 0,
        names: new Map(),
        leavesAt: new Map(),
        omitted: 0,
        runBasis: undefined,
        nameBasis: undefined,
      };
      this.#exports.set(cluster, exports);
    }
    return exports;
  }
}

function allNames(cluster: ClusterNow, exports: ClusterExports): Set<string> {
  const known = [...cluster.history.names()].map(({ name }) => name);
  return new Set([...known, ...exports.candidates.keys(), ...exports.names.keys(), ...cluster.expectedJobs]);
}

/** With the other names of the same job ids: of one id only the newest run is exported, whatever its name. */
function related(history: RememberedRuns, names: Iterable<string>): Set<string> {
  const all = new Set(names);
  for (const name of [...all]) {
    for (const { jobId } of history.runsOf(name)) for (const run of history.asleepOrNot(jobId)) all.add(run.name);
  }
  return all;
}

/** When the next of these runs is to be looked at again though nothing changed; undefined where none is. */
function firstLeave(
  exported: readonly ExportedRun[],
  { endedRunsMs, supersededSeriesMs }: ExportBounds,
): number | undefined {
  let first: number | undefined;
  for (const { run, exposure, isUnread } of exported) {
    if (isUnread) return Number.NEGATIVE_INFINITY;
    if (run.final === undefined) continue;
    const kept = exposure === 'full' ? endedRunsMs : Math.min(endedRunsMs, supersededSeriesMs);
    first = Math.min(first ?? Number.POSITIVE_INFINITY, run.final.endTime + kept);
  }
  return first;
}

/** The old object when the new one says the same. */
function renewed<T extends object>(before: T | undefined, after: T): T {
  return before === undefined ? after : unlessEqual(before, after);
}

/** Keeps the old object when the new one says the same: the store renders only what is another object. */
function keep<T extends object>(map: Map<string, T>, key: string, value: T): T {
  const kept = renewed(map.get(key), value);
  map.set(key, kept);
  return kept;
}

function setOrDelete<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
