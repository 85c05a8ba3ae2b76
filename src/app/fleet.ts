/**
 * Everything that watches Flink: the clusters of the configuration, their archive folders, and the loop that applies the
 * retention. A reload replaces only what it changes. Made by `Medic`.
 */

import type { Logger } from 'pino';
import type { ClusterConfig, Config } from '../config/config.ts';
import type { Clock, Timers } from '../core/clock.ts';
import type { Run } from '../core/run.ts';
import type { Readiness } from '../http/knowledge.ts';
import type { Recorder } from '../ledger/recorder.ts';
import type { FactExporter } from '../metrics/fact-exporter.ts';
import { ArchiveUnit } from './archive-unit.ts';
import { ArchiveUnits, readableFolder } from './archive-units.ts';
import { ClusterUnit } from './cluster-unit.ts';
import { type Repeat, repeat } from './repeat.ts';
import type { RunMemory } from './run-memory.ts';

const RETENTION_INTERVAL_MS = 60_000;

export interface FleetOptions {
  readonly memory: RunMemory;
  readonly recorder: Recorder;
  readonly exporter: FactExporter;
  /** Deletes audit entries of before this moment, our clock. */
  readonly pruneEvents: (olderThan: number) => Promise<void>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #archives: ArchiveUnits;
  #units = new Map<string, ClusterUnit>();
  #config: Config;
  #retention: Repeat | undefined;
  #started = false;

  constructor(config: Config, options: FleetOptions) {
    this.#config = config;
    this.#options = options;
    this.#archives = new ArchiveUnits({
      make: (archive, path) => this.#makeArchive(archive, path),
      hide: (unit) => options.exporter.removeArchive(unit.archive, unit.cluster),
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

  async start(): Promise<void> {
    for (const config of this.#config.clusters) await this.#add(config);
    const { clock, timers, log } = this.#options;
    this.#retention ??= repeat({
      intervalMs: RETENTION_INTERVAL_MS,
      task: () => this.#applyRetention(),
      failed: (error) => log.error({ err: error }, 'the retention could not be applied'),
      clock,
      timers,
    });
    this.#started = true;
  }

  async stop(): Promise<void> {
    await this.#retention?.stop();
    await Promise.all(this.clusters().map((unit) => this.#archives.release(unit)));
    await Promise.all(this.clusters().map((unit) => unit.stop()));
    await this.#options.recorder.commit();
  }

  /** Replaces the clusters that the new configuration changes, and only those. */
  async reload(config: Config): Promise<void> {
    const previous = this.#config;
    this.#config = config;
    const wanted = new Map(config.clusters.map((cluster) => [cluster.name, fingerprint(cluster, config)]));
    const before = new Map(previous.clusters.map((cluster) => [cluster.name, fingerprint(cluster, previous)]));
    for (const unit of this.clusters()) {
      if (wanted.get(unit.name) === before.get(unit.name)) continue;
      await this.#archives.release(unit);
      await unit.stop();
      this.#units.delete(unit.name);
      this.#options.exporter.removeCluster(unit.name);
    }
    await this.#options.recorder.commit();
    this.#options.exporter.setLimits(limitsOf(config));
    for (const cluster of config.clusters) if (!this.#units.has(cluster.name)) await this.#add(cluster);
    for (const unit of this.clusters()) this.#options.exporter.exportCluster(unit.now());
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
        .filter((archive) => !archive.scanned)
        .map(({ archive }) => `the first scan of ${archive}`),
      ...(this.#options.recorder.writable ? [] : ['the ledger to be writable again']),
    ];
    return { ready: waitingFor.length === 0, waitingFor };
  }

  async #add(config: ClusterConfig): Promise<void> {
    const { memory, exporter, clock, timers, log } = this.#options;
    const unit = new ClusterUnit({
      config,
      observe: this.#config.observe,
      memory,
      exporter,
      clock,
      timers,
      log,
      archives: (user) => this.#archives.usedBy(user),
      observed: (user) => this.#observed(user),
    });
    this.#units.set(config.name, unit);
    const archives = config.archives?.map(({ configured }) => configured) ?? 'found through the JobManager';
    log.info({ flink_cluster: config.name, jobmanagers: config.jobManagers, archives }, 'watching a cluster');
    for (const { configured, path } of config.archives ?? []) this.#archives.use(unit, configured, path);
    await this.#useDiscovered(unit);
    await unit.start();
  }

  async #observed(unit: ClusterUnit): Promise<void> {
    await this.#useDiscovered(unit);
    for (const archive of this.#archives.usedBy(unit)) {
      await archive.offerOpen();
      this.#show(archive);
    }
  }

  /** Without configured archives the folder is the one that the JobManager names, if it can be read here. */
  async #useDiscovered(unit: ClusterUnit): Promise<void> {
    const directory = unit.status.archiveDirectory;
    if (unit.config.archives !== undefined || directory === undefined) return;
    const path = await readableFolder(directory);
    if (path !== undefined && this.#units.get(unit.name) === unit) this.#archives.use(unit, directory, path);
  }

  #makeArchive(archive: string, path: string): ArchiveUnit {
    const { memory, recorder, exporter, clock, timers, log } = this.#options;
    return new ArchiveUnit({
      archive,
      path,
      config: this.#config.archives,
      retentionMs: this.#config.retention.endedRunsMs,
      memory,
      recorder,
      clock,
      timers,
      log,
      scanned: (unit) => {
        this.#show(unit);
        for (const user of this.clusters()) if (unit.users.has(user)) exporter.exportCluster(user.now(), []);
      },
    });
  }

  #show(archive: ArchiveUnit): void {
    const exported = archive.exported();
    if (exported !== undefined) this.#options.exporter.exportArchive(exported);
  }

  async #applyRetention(): Promise<void> {
    // A run may only leave memory when its tombstone is stored: else its archive would make it a new run.
    if (!this.#options.recorder.writable) return;
    const { endedRunsMs } = this.#config.retention;
    for (const unit of this.clusters()) {
      const outside = outsideRetention(unit, this.#config.retention);
      await unit.prune((run) => outside.has(run) && !this.#isArchived(run));
    }
    await this.#options.pruneEvents(this.#options.clock.now() - endedRunsMs);
  }

  /** An archive that is still there would bring the run back. */
  #isArchived(run: Run): boolean {
    const path = run.archive;
    return path !== undefined && this.#archives.all().some((archive) => archive.has(path));
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

/** Everything in the configuration that a cluster at work depends on. */
function fingerprint(cluster: ClusterConfig, { observe, archives, retention }: Config): string {
  return JSON.stringify([cluster, observe.intervalMs, observe.timeoutMs, observe.graceMs, archives, retention]);
}

/** Ended runs that are too old, or not among the youngest of their job. */
function outsideRetention(unit: ClusterUnit, { endedRunsMs, endedRunsPerJob }: Config['retention']): ReadonlySet<Run> {
  const since = unit.jobManagerNow() - endedRunsMs;
  const outside = new Set<Run>();
  const ended = [...unit.history.runs()].filter((run) => run.final !== undefined);
  for (const runs of Map.groupBy(ended, (run) => run.name).values()) {
    runs.sort((a, b) => (b.final?.endTime ?? 0) - (a.final?.endTime ?? 0));
    for (const [rank, run] of runs.entries()) {
      if (rank >= endedRunsPerJob || (run.final?.endTime ?? 0) < since) outside.add(run);
    }
  }
  return outside;
}
