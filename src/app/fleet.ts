/**
 * Everything that watches Flink: the clusters of the configuration, their archive folders and History Servers. A reload
 * replaces only what it changes; it never overlaps start or stop. Made by `Medic`.
 */

import type { Logger } from 'pino';
import type { FolderCalls } from '../archive/folder-calls.ts';
import type { ClusterConfig, Config } from '../config/config.ts';
import type { Clock, Timers } from '../core/clock.ts';
import { isConfigurationKnown } from '../core/cluster-status.ts';
import type { Run } from '../core/run.ts';
import type { Turns } from './turns.ts';
import type { Readiness } from '../http/knowledge.ts';
import type { Recorder } from '../ledger/recorder.ts';
import type { FactExporter } from '../metrics/fact-exporter.ts';
import { ArchiveUnit } from './archive-unit.ts';
import { ArchiveUnits, localPath, type NamedFolder } from './archive-units.ts';
import { archivesAt, historyServersOf } from './archives-at.ts';
import { ClusterUnit } from './cluster-unit.ts';
import { FleetRetention } from './fleet-retention.ts';
import { RequestTurns } from '../observe/request-turns.ts';
import { maxEndedRuns, maxLiveRuns } from './retention.ts';
import type { RunMemory } from './run-memory.ts';
import { observationDelayMs } from './start-order.ts';

export interface FleetOptions {
  readonly memory: RunMemory;
  readonly recorder: Recorder;
  readonly exporter: FactExporter;
  /** Makes the calls to archive folders. */
  readonly folders: FolderCalls;
  /** Deletes what else is outside the retention: audit entries of before this moment, our clock. */
  readonly prune: (olderThan: number) => Promise<void>;
  /** Whether an incident refers to a run, so that it has to stay. */
  readonly isReferred: (run: Run) => boolean;
  /** Runs of a cluster changed. */
  readonly changed: (cluster: ClusterUnit, runs: readonly Run[]) => void;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #archives: ArchiveUnits;
  readonly #units = new Map<string, ClusterUnit>();
  readonly #requestTurns = new RequestTurns();
  readonly #retention: FleetRetention;
  #config: Config;
  #started = false;
  #stopped = false;
  /** Start, reloads and stop, one after the other. */
  #turns: Promise<void> = Promise.resolve();

  constructor(config: Config, options: FleetOptions) {
    this.#config = config;
    this.#options = options;
    this.#archives = new ArchiveUnits({
      make: (folder) => this.#makeArchive(folder),
      hide: (unit) => options.exporter.removeArchive(unit.archive, unit.cluster),
      show: (unit) => this.#show(unit),
    });
    this.#retention = new FleetRetention({
      ...options,
      config: () => this.#config,
      clusters: () => this.clusters(),
      archives: () => this.#archives.all(),
      areAllFoldersKnown: () => this.#areAllFoldersKnown(),
    });
  }

  /** By name. */
  clusters(): ClusterUnit[] {
    return [...this.#units.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  cluster(name: string): ClusterUnit | undefined {
    return this.#units.get(name);
  }

  get config(): Config {
    return this.#config;
  }

  /** Runs ÷ how many are remembered, in the cluster where that is highest. */
  get fullness(): { readonly liveRuns: number; readonly endedRuns: number } {
    const { maxJobs } = this.#config.observe;
    const histories = [...this.#units.values()].map(({ history }) => history);
    return {
      liveRuns: Math.max(0, ...histories.map((history) => history.liveRuns)) / maxLiveRuns(maxJobs),
      endedRuns: Math.max(0, ...histories.map((history) => history.endedRuns)) / maxEndedRuns(maxJobs),
    };
  }

  /** Whether anything is remembered of a cluster, or will be. */
  knows(cluster: string): boolean {
    return this.#options.memory.knows(cluster) || this.#config.clusters.some(({ name }) => name === cluster);
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#applyClusters();
      if (this.#stopped) return;
      this.#retention.start();
      this.#started = true;
    });
  }

  /** Ends everything, also what a start or reload under way has begun. For good. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#inTurn(async () => {
      await this.#retention.stop();
      await Promise.all(this.clusters().map((unit) => this.#remove(unit)));
      await this.#options.recorder.commit();
    });
  }

  /** Replaces the clusters whose observation the new configuration changes, and only those. */
  reload(config: Config): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stopped) return;
      const previous = this.#config;
      this.#config = config;
      const wanted = new Map(config.clusters.map((cluster) => [cluster.name, fingerprint(cluster, config)]));
      for (const unit of this.clusters()) {
        if (wanted.get(unit.name) === fingerprint(unit.config, previous)) continue;
        await this.#remove(unit);
        this.#options.exporter.removeCluster(unit.name);
      }
      await this.#options.recorder.commit();
      this.#options.exporter.setLimits(limitsOf(config));
      await this.#applyClusters();
      for (const unit of this.clusters()) unit.show();
      if (config.archives.scanIntervalMs === previous.archives.scanIntervalMs) return;
      for (const archive of this.#archives.all()) archive.scanSoon();
    });
  }

  /** Ready: every first observation and archive scan was tried, and the ledger can be written. */
  readiness(): Readiness {
    const waitingFor = [
      ...(this.#started ? [] : ['the clusters to be set up']),
      ...this.clusters()
        .filter((unit) => !unit.tried)
        .map((unit) => `the first observation of cluster ${unit.name}`),
      ...this.#archives
        .all()
        .filter((archive) => archive.awaited)
        .map(({ archive }) => `the first scan of ${archive}`),
      ...(this.#options.recorder.writable ? [] : ['the ledger to be writable again']),
    ];
    return { ready: waitingFor.length === 0, waitingFor };
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#turns.then(task);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Brings every cluster to what the configuration says of it. */
  async #applyClusters(): Promise<void> {
    for (const config of this.#config.clusters) {
      if (this.#stopped) return;
      const unit = this.#units.get(config.name);
      if (unit === undefined) {
        await this.#add(config);
        continue;
      }
      await unit.reconfigure(config);
      await this.#assignFolders(unit);
    }
  }

  async #add(config: ClusterConfig): Promise<void> {
    const { memory, exporter, changed, turns, clock, timers, log } = this.#options;
    const unit = new ClusterUnit({
      config,
      observe: this.#config.observe,
      requestTurn: () => this.#requestTurns.next(),
      maxLiveRuns: () => maxLiveRuns(this.#config.observe.maxJobs),
      memory,
      exporter,
      clock,
      timers,
      log,
      archives: (user) => this.#archives.usedBy(user),
      archivesKnown: (user) => this.#archives.areKnown(user),
      turn: () => turns.next(),
      observed: (user) => this.#observed(user),
      changed,
    });
    this.#units.set(config.name, unit);
    const archives = config.archives?.map(({ configured }) => configured) ?? 'found through the JobManager';
    const { name, jobManagers, historyServer } = config;
    log.info(
      { flink_cluster: name, jobmanagers: jobManagers, archives, history_server: historyServer },
      'watching a cluster',
    );
    await this.#assignFolders(unit);
    await unit.start(this.#delayMs());
  }

  /** Of the cluster that was added last. One that a reload adds waits for nobody. */
  #delayMs(): number {
    if (this.#started) return 0;
    const { clusters, observe } = this.#config;
    const before = [...this.#units.values()].slice(0, -1).map(({ history }) => history.liveRuns);
    return observationDelayMs(before, clusters.length, observe.intervalMs);
  }

  async #remove(unit: ClusterUnit): Promise<void> {
    this.#units.delete(unit.name);
    // First, because an observation that is under way may yet find a folder.
    await unit.stop();
    await this.#archives.release(unit);
  }

  async #observed(unit: ClusterUnit): Promise<void> {
    await this.#assignFolders(unit);
    if (!this.#isHere(unit)) return;
    const refused = unit.history.takeForeign();
    for (const archive of unit.archives()) {
      for (const path of refused) archive.refused(unit, path);
      await archive.offerOpen();
      this.#show(archive);
    }
  }

  /** Lets a cluster use its folders, as soon as it is known which those are. */
  async #assignFolders(unit: ClusterUnit): Promise<void> {
    const { config } = unit;
    const folders = await this.#foldersOf(unit);
    // A reload may have come between.
    if (!this.#isHere(unit) || unit.config !== config) return;
    const historyServers = historyServersOf(config);
    await this.#archives.assign(unit, [...(folders ?? []), ...historyServers], folders !== undefined);
  }

  /**
   * Without configured archives the folder is the one that the JobManager names, if it can be read here, or could be once:
   * it may be unmounted, and that nothing is found must not look as if there were nothing.
   */
  async #foldersOf({ config, status }: ClusterUnit): Promise<readonly NamedFolder[] | undefined> {
    if (config.archives !== undefined)
      return config.archives.map(({ configured, path }) => ({ archive: configured, path }));
    if (!isConfigurationKnown(status)) return undefined;
    const archive = status.archiveDirectory;
    const path = archive === undefined ? undefined : localPath(archive);
    if (archive === undefined || path === undefined) return [];
    const isKnown = this.#archives.isWatched(path) || this.#options.memory.knowsFilesOf(path);
    if (isKnown) return [{ archive, path }];
    // Of one that hangs it cannot be told.
    const isReadable = await this.#options.folders.isReadable(path).catch(() => undefined);
    if (isReadable === undefined) return undefined;
    return isReadable ? [{ archive, path }] : [];
  }

  #isHere(unit: ClusterUnit): boolean {
    return this.#units.get(unit.name) === unit;
  }

  #areAllFoldersKnown(): boolean {
    return this.#config.clusters.every(({ name }) => {
      const unit = this.#units.get(name);
      return unit !== undefined && this.#archives.areKnown(unit);
    });
  }

  #makeArchive(folder: NamedFolder): ArchiveUnit {
    const { memory, recorder, folders, clock, timers, log } = this.#options;
    return new ArchiveUnit({
      ...archivesAt(folder, folders, timers, log),
      config: () => this.#config.archives,
      retentionMs: () => this.#config.retention.endedRunsMs,
      // Who uses a History Server, only the configuration says.
      allUsersKnown: () => folder.http !== undefined || this.#areAllFoldersKnown(),
      memory,
      recorder,
      clock,
      timers,
      log,
      scanned: (unit) => {
        this.#show(unit);
        for (const user of this.clusters()) if (unit.users.has(user)) user.show([]);
      },
    });
  }

  #show(archive: ArchiveUnit): void {
    const exported = archive.exported();
    if (exported !== undefined) this.#options.exporter.exportArchive(exported);
  }
}

export function limitsOf({ observe, retention }: Config): {
  maxJobs: number;
  endedRunsMs: number;
  supersededSeriesMs: number;
} {
  return {
    maxJobs: observe.maxJobs,
    endedRunsMs: retention.endedRunsMs,
    supersededSeriesMs: retention.supersededSeriesMs,
  };
}

/** Everything in the configuration that the observation of a cluster depends on. */
function fingerprint({ jobManagers, http }: ClusterConfig, { observe }: Config): string {
  return JSON.stringify([jobManagers, http, observe.intervalMs, observe.timeoutMs, observe.graceMs]);
}
