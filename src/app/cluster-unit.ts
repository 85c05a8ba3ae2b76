/**
 * One configured cluster at work: its history, its observer and the loop that drives it. Made by `Fleet`, and made anew by
 * a reload that changes how the cluster is observed.
 */

import type { ClusterConfig, Config } from '../config/config.ts';
import { accessOf } from '../config/http-access.ts';
import type { ClusterHistory } from '../core/cluster-history.ts';
import type { ScanEvidence } from '../core/vanished.ts';
import { type ClusterStatus, memoryOf } from '../core/cluster-status.ts';
import type { Clock, Timers } from '../core/clock.ts';
import { boundLabel } from '../core/label-value.ts';
import type { Moment } from '../core/resolve.ts';
import type { Run } from '../core/run.ts';
import { JobManagerClient } from '../flink/job-manager-client.ts';
import type { ClusterNow, FactExporter } from '../metrics/fact-exporter.ts';
import { ClusterObserver, type ObserverLog } from '../observe/cluster-observer.ts';
import type { ActingJobManager, WatchedCluster } from '../restart/watched-cluster.ts';
import type { ArchiveUnit } from './archive-unit.ts';
import { type Repeat, repeat } from '../core/repeat.ts';
import type { RunMemory } from './run-memory.ts';

/** A list of 20,000 jobs is 10 MB; what is larger is no answer of a JobManager. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** What is known of a cluster is stored this often, so that little of "last seen alive" is lost with the process. */
const KEEP_MS = 60_000;

export interface ClusterUnitOptions {
  readonly config: ClusterConfig;
  readonly observe: Config['observe'];
  readonly requestTurn: () => Promise<void>;
  /** How many live runs are remembered; asked at every use, because a reload may change it. */
  readonly maxLiveRuns: () => number;
  readonly memory: RunMemory;
  readonly exporter: FactExporter;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: ObserverLog & { error(fields: object, message: string): void };
  /** The archive folders and History Server that the cluster uses, as far as they are known. */
  readonly archives: (unit: ClusterUnit) => readonly ArchiveUnit[];
  /** Whether these are all. */
  readonly archivesKnown: (unit: ClusterUnit) => boolean;
  /** Resolves in a turn of the event loop in which no other cluster is read or shown: what comes at once is too much for one. */
  readonly turn: () => Promise<void>;
  /** Called after each observation, before it is shown. */
  readonly observed: (unit: ClusterUnit) => Promise<void>;
  /** These runs changed; they are in the ledger, or kept until it can be written. */
  readonly changed: (unit: ClusterUnit, runs: readonly Run[]) => void;
}

export class ClusterUnit implements WatchedCluster {
  readonly name: string;
  readonly history: ClusterHistory;
  /** For looks and submissions, which may take long. */
  readonly jobManagers: readonly ActingJobManager[];
  readonly #options: ClusterUnitOptions;
  readonly #observer: ClusterObserver;
  #config: ClusterConfig;
  #expectedJobs: ReadonlySet<string>;
  /** Job names that changed since they were shown. */
  readonly #unshown = new Set<string>();
  #loop: Repeat | undefined;
  #tried = false;
  #stopped = false;
  /** Monotonic. */
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(options: ClusterUnitOptions) {
    const { config, observe, memory, clock, log } = options;
    this.#options = options;
    this.name = config.name;
    this.#config = config;
    this.history = memory.historyOf(config.name);
    this.#expectedJobs = expectedJobsOf(config);
    this.jobManagers = config.jobManagers.map((address) => this.#connect(address));
    const remembered = memory.memoryOf(config.name);
    this.#observer = new ClusterObserver({
      cluster: config.name,
      connect: (onRequest) => config.jobManagers.map((address) => this.#connect(address, onRequest)),
      history: this.history,
      clock,
      intervalMs: observe.intervalMs,
      graceMs: observe.graceMs,
      ...(remembered === undefined ? {} : { memory: remembered }),
      requestTurn: options.requestTurn,
      turn: options.turn,
      maxLiveRuns: options.maxLiveRuns,
      recall: (jobs) => memory.recall(this.history, jobs),
      scans: () => this.#scans(),
      remember: () => this.#observed(),
      log,
    });
  }

  get config(): ClusterConfig {
    return this.#config;
  }

  get status(): ClusterStatus {
    return this.#observer.status;
  }

  /** Whether the first observation was tried; there is none to try without JobManagers. */
  get tried(): boolean {
    return this.#tried || this.#config.jobManagers.length === 0;
  }

  archives(): readonly ArchiveUnit[] {
    return this.#options.archives(this);
  }

  jobManagerNow(): number {
    return this.#observer.jobManagerNow();
  }

  now(): ClusterNow {
    return {
      history: this.history,
      status: this.status,
      expectedJobs: this.#expectedJobs,
      counted: this.tried && this.#options.archivesKnown(this) && this.archives().every((archive) => archive.scanned),
      jobManagerNow: this.jobManagerNow(),
    };
  }

  /** @param delayMs until the first observation */
  async start(delayMs: number): Promise<void> {
    const { observe, memory, clock, timers, log } = this.#options;
    const { jobManagers } = this.#config;
    await memory.recallNames(this.history, [...this.#expectedJobs]);
    // Runs of a time when it had JobManagers: none answers any more, so only archives can tell of them.
    if (jobManagers.length === 0) this.history.unreachable(this.#moment());
    this.show();
    if (jobManagers.length === 0) return;
    this.#loop ??= repeat({
      delayMs,
      intervalMs: () => observe.intervalMs,
      task: () => this.observe(),
      failed: (error) =>
        log.error({ err: error, flink_cluster: this.name }, 'an observation failed for a fault of ours'),
      clock,
      timers,
    });
  }

  /** Takes a configuration that is observed in the same way. */
  async reconfigure(config: ClusterConfig): Promise<void> {
    const expectedJobs = expectedJobsOf(config);
    await this.#options.memory.recallNames(this.history, [...expectedJobs]);
    this.#config = config;
    this.#expectedJobs = expectedJobs;
  }

  /** Observes now, or shares the observation under way. */
  async observe(): Promise<void> {
    await this.#observer.observe();
  }

  /** Brings the next observation forward. */
  observeSoon(): void {
    this.#loop?.hint();
  }

  /** Stores what changed and shows it. */
  async remember(): Promise<void> {
    await this.store();
    await this.#options.turn();
    this.show([]);
  }

  /** Stores what changed; the next `show` shows it. */
  async store(): Promise<void> {
    const changes = await this.#options.memory.remember(this.history);
    for (const { name } of [...changes.runs, ...changes.names]) this.#unshown.add(name);
    if (changes.runs.length > 0) this.#options.changed(this, changes.runs);
  }

  /**
   * Exports the cluster as it is now, unless it was stopped: then its series may be gone already.
   *
   * @param changedNames more job names whose runs or counters changed; all names when left out
   */
  show(changedNames?: readonly string[]): void {
    const names = changedNames && [...changedNames, ...this.#unshown];
    this.#unshown.clear();
    if (!this.#stopped) this.#options.exporter.exportCluster(this.now(), names);
  }

  /**
   * Removes the ended runs that may leave and that no JobManager lists any more; takes what is too old off /metrics, and puts
   * to sleep what nobody shows.
   */
  async prune(leaves: (run: Run) => boolean): Promise<void> {
    const names = this.history.prune((run) => leaves(run) && !this.#observer.holds(run));
    for (const name of names) this.#unshown.add(name);
    await this.remember();
    if (this.#stopped) return;
    const { exporter, memory } = this.#options;
    exporter.expire(this.now());
    memory.sleep(this.history, (run) => exporter.holds(run) || this.#observer.holds(run));
    this.history.forgetNames((name) => this.#expectedJobs.has(name));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#observer.stop(), this.#loop?.stop(), ...this.jobManagers.map(({ api }) => api.close())]);
    this.#keep();
  }

  async #observed(): Promise<void> {
    const { clock, observed } = this.#options;
    this.#tried ||= this.status.up !== undefined;
    await observed(this);
    if (clock.monotonic() - this.#keptAt >= KEEP_MS) this.#keep();
    await this.remember();
  }

  /** A folder that nobody knows was not scanned. */
  #scans(): (ScanEvidence | undefined)[] {
    const unknown = this.#options.archivesKnown(this) ? [] : [undefined];
    return [...unknown, ...this.archives().map((archive) => archive.evidence())];
  }

  #moment(): Moment {
    return { at: this.#options.clock.now(), jobManagerAt: this.jobManagerNow() };
  }

  #keep(): void {
    this.#keptAt = this.#options.clock.monotonic();
    this.#options.memory.keep(this.name, memoryOf(this.status));
  }

  #connect(address: string, onRequest?: () => void): ActingJobManager {
    const api = new JobManagerClient({
      baseUrl: address,
      timeoutMs: this.#options.observe.timeoutMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      http: accessOf(this.#config.http),
      turn: this.#options.turn,
      ...(onRequest && { onRequest }),
    });
    return { address, api };
  }
}

function expectedJobsOf({ expectedJobs }: ClusterConfig): ReadonlySet<string> {
  return new Set(expectedJobs.map(boundLabel));
}
