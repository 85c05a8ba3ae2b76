/**
 * Puts what is known of Flink into the chunk stores: which runs, names, clusters and archives are exported now, and with
 * what. Keeps one small value for each run that could be exported, bounded by the retention; more than `maxJobs` of a
 * cluster are left out and counted. Called after every change and once a minute, because time alone takes runs out.
 */

import type { ClusterHistory } from '../core/cluster-history.ts';
import { keyOf } from '../core/cluster-history.ts';
import type { ClusterStatus } from '../core/cluster-status.ts';
import { unlessEqual } from '../core/unless-equal.ts';
import { byImportance, type ExportBounds, type ExportedRun, exportedRuns } from '../core/exposure.ts';
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
  readonly history: ClusterHistory;
  readonly status: ClusterStatus;
  readonly expectedJobs: ReadonlySet<string>;
  /** Whether the archives were scanned once, so that the counters of ended runs are complete. */
  readonly counted: boolean;
  /** The present moment in the JobManager's clock, milliseconds. */
  readonly jobManagerNow: number;
}

interface ClusterExports {
  /** Runs that retention allows, whether or not `maxJobs` lets them through. */
  readonly candidates: Map<string, ExportedRun>;
  readonly byName: Map<string, Set<string>>;
  readonly names: Map<string, ExportedName>;
  shown: Set<string>;
  live: boolean;
  counted: boolean;
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
    const exports = this.#exportsOf(cluster.history.cluster);
    const live = !cluster.status.hasJobManagers || cluster.status.up !== undefined;
    const everything = changedNames === undefined || live !== exports.live || cluster.counted !== exports.counted;
    exports.live = live;
    exports.counted = cluster.counted;
    const names = everything ? allNames(cluster, exports) : new Set([...changedNames, ...cluster.expectedJobs]);
    for (const name of names) this.#exportName(cluster, exports, name);
    this.#showRuns(cluster.history.cluster, exports);
    const omitted = exports.candidates.size - exports.shown.size;
    this.clusters.put(cluster.history.cluster, 'cluster', { status: cluster.status, jobsOmitted: omitted });
    return omitted;
  }

  /** Takes runs out that are too old by now. */
  expire(cluster: ClusterNow): number {
    const ended = [...this.#exportsOf(cluster.history.cluster).candidates.values()].filter(({ run }) => run.final);
    return this.exportCluster(cluster, new Set(ended.map(({ run }) => run.name)));
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

  #exportName(cluster: ClusterNow, exports: ClusterExports, name: string): void {
    const { history, expectedJobs, jobManagerNow } = cluster;
    const allowed = exportedRuns(history, name, this.#limits, jobManagerNow);
    const visible = exports.live ? allowed : allowed.filter(({ run }) => run.final !== undefined);
    const keys = new Set(visible.map(({ run }) => keyOf(run)));
    for (const key of exports.byName.get(name) ?? []) if (!keys.has(key)) exports.candidates.delete(key);
    for (const exported of visible) keep(exports.candidates, keyOf(exported.run), exported);
    if (keys.size > 0) exports.byName.set(name, keys);
    else exports.byName.delete(name);
    const expected = expectedJobs.has(name);
    if (keys.size === 0 && !expected) {
      exports.names.delete(name);
      this.names.remove(history.cluster, name);
      return;
    }
    const liveRuns = [...history.runsOf(name)].filter((run) => run.final === undefined).length;
    const exported: ExportedName = {
      counters: history.counters(name),
      expected,
      counted: exports.counted,
      // Nobody knows how many live on a cluster that was never seen.
      ...(cluster.status.lastObservedAt === undefined ? {} : { liveRuns }),
    };
    this.names.put(history.cluster, name, keep(exports.names, name, exported));
  }

  #showRuns(cluster: string, exports: ClusterExports): void {
    const { maxJobs } = this.#limits;
    let shown = [...exports.candidates.values()];
    if (shown.length > maxJobs) shown = shown.toSorted((a, b) => byImportance(a.run, b.run)).slice(0, maxJobs);
    const keys = new Set(shown.map(({ run }) => keyOf(run)));
    for (const key of exports.shown) if (!keys.has(key)) this.runs.remove(cluster, key);
    for (const exported of shown) this.runs.put(cluster, keyOf(exported.run), exported);
    exports.shown = keys;
  }

  #exportsOf(cluster: string): ClusterExports {
    let exports = this.#exports.get(cluster);
    if (exports === undefined) {
      exports = {
        candidates: new Map(),
        byName: new Map(),
        names: new Map(),
        shown: new Set(),
        live: false,
        counted: false,
      };
      this.#exports.set(cluster, exports);
    }
    return exports;
  }
}

function allNames(cluster: ClusterNow, exports: ClusterExports): Set<string> {
  const known = [...cluster.history.names()].map(({ name }) => name);
  return new Set([...known, ...exports.byName.keys(), ...exports.names.keys(), ...cluster.expectedJobs]);
}

/** Keeps the old object when the new one says the same: the store renders only what is another object. */
function keep<T extends object>(map: Map<string, T>, key: string, value: T): T {
  const before = map.get(key);
  const kept = before === undefined ? value : unlessEqual(before, value);
  map.set(key, kept);
  return kept;
}
