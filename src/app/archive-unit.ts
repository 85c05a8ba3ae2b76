/**
 * One archive folder at work: scans it, finds out whose each archive is, and tells that cluster's history. Used by one or
 * several clusters. Keeps the last scan and the paths of archives that belong to nobody yet, bounded by the files in the
 * folder. Made by the composition root for every folder that a cluster names, or that its JobManager does.
 */

import { ArchiveFolder, type ReadFile, type ScanReport } from '../archive/archive-folder.ts';
import { ArchiveWatcher } from '../archive/archive-watcher.ts';
import type { ArchivesConfig } from '../config/config.ts';
import { type ArchiveUser, ownerOf } from '../core/attribution.ts';
import type { ClusterHistory, ScanEvidence } from '../core/cluster-history.ts';
import type { Clock, Timers } from '../core/clock.ts';
import type { ArchiveOutcome } from '../core/facts.ts';
import type { ArchiveFile } from '../ledger/ledger.ts';
import type { Recorder } from '../ledger/recorder.ts';
import type { ExportedArchive } from '../metrics/families/archive-families.ts';
import { type Repeat, repeat } from './repeat.ts';
import type { RunMemory } from './run-memory.ts';

/** A cluster that uses the folder. */
export interface FolderUser {
  readonly name: string;
  readonly history: ClusterHistory;
  readonly status: { readonly clusterFolder?: string | null };
  remember(): Promise<void>;
  /** An archive waits for the next observation. */
  observeSoon(): void;
}

export interface ArchiveUnitOptions {
  /** As configured, or as the JobManager says it: the label. */
  readonly archive: string;
  readonly path: string;
  readonly config: ArchivesConfig;
  /** Incomplete files older than this do not count as waiting; milliseconds. */
  readonly retentionMs: number;
  readonly memory: RunMemory;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Called after each scan, to show what it found. */
  readonly scanned: (unit: ArchiveUnit) => void;
}

const FOREIGN = 'foreign';

/** An archive with an outcome that is not attributed to a run. */
type OpenArchive = ArchiveFile & { readonly outcome: ArchiveOutcome };

export class ArchiveUnit {
  readonly archive: string;
  readonly path: string;
  readonly users = new Set<FolderUser>();
  readonly #options: ArchiveUnitOptions;
  readonly #folder: ArchiveFolder;
  readonly #watcher: ArchiveWatcher;
  readonly #abort = new AbortController();
  readonly #files: Map<string, ArchiveFile>;
  /** Outcomes that no history has taken yet, by path. */
  readonly #open = new Map<string, OpenArchive>();
  /** Those among them that wait for the next observation of their cluster. */
  readonly #waiting = new Set<string>();
  /** Those among them that surely belong to no cluster of ours. */
  readonly #foreign = new Set<string>();
  #loop: Repeat | undefined;
  #report: ScanReport | undefined;
  #readBytes = 0;
  #logged = '';

  constructor(options: ArchiveUnitOptions) {
    const { archive, path, config, memory, clock, timers, log } = options;
    this.archive = archive;
    this.path = path;
    this.#options = options;
    this.#files = memory.filesOf(path);
    for (const file of this.#files.values()) {
      if (!isOpen(file)) continue;
      this.#open.set(file.path, file);
      if (file.reason === FOREIGN) this.#foreign.add(file.path);
    }
    this.#folder = new ArchiveFolder({
      folder: path,
      maxFileSize: config.maxFileSizeBytes,
      index: this.#files,
      sink: { record: (files) => this.#record(files), forget: (paths) => this.#forget(paths) },
      now: () => clock.now(),
      signal: this.#abort.signal,
    });
    this.#watcher = new ArchiveWatcher({
      folder: path,
      onHint: () => this.#loop?.hint(),
      schedule: (task, delayMs) => timers.after(delayMs, task),
      log,
    });
  }

  /** Whether a first scan was tried. */
  get scanned(): boolean {
    return this.#report !== undefined;
  }

  start(): void {
    const { config, clock, timers, log } = this.#options;
    this.#watcher.start();
    this.#loop ??= repeat({
      intervalMs: config.scanIntervalMs,
      task: () => this.#scan(),
      failed: (error) => {
        if (!this.#abort.signal.aborted)
          log.error({ err: error, archive: this.archive }, 'a scan failed for a fault of ours');
      },
      clock,
      timers,
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await Promise.all([this.#loop?.stop(), this.#watcher.stop()]);
  }

  /** What the last scan proves about a run that is missing; an outcome that belongs to nobody is a doubt, too. */
  evidence(): ScanEvidence | undefined {
    if (this.#report === undefined) return undefined;
    const { startedAt, listed, doubtfulJobIds } = this.#report;
    const open = [...this.#open.values()].map(({ jobId }) => jobId);
    return { startedAt, complete: listed, doubtfulJobIds: new Set([...doubtfulJobIds, ...open]) };
  }

  /** As it is exported; undefined before the first scan. */
  exported(): ExportedArchive | undefined {
    const report = this.#report;
    if (report === undefined) return undefined;
    const { indexed, incomplete, unreadable } = report.files;
    const unattributed = this.#open.size - this.#waiting.size;
    const oldest = this.#oldestIncomplete();
    return {
      archive: this.archive,
      cluster: this.cluster,
      up: report.listed,
      files: { indexed: indexed - unattributed, incomplete, unreadable, unattributed },
      ...(oldest === undefined ? {} : { oldestIncompleteAt: oldest }),
      lastScanAt: report.finishedAt,
      scanMs: report.durationMs,
      readBytes: this.#readBytes,
    };
  }

  /** The label `flink_cluster`: empty for a folder of several clusters. */
  get cluster(): string {
    const [only, ...others] = this.users;
    return others.length > 0 ? '' : (only?.name ?? '');
  }

  /**
   * Offers what belongs to nobody again, because a cluster has learned something. Histories that took an archive are
   * changed; their clusters have yet to `remember`.
   */
  async offerOpen(): Promise<void> {
    for (const { history } of this.users) for (const path of history.takeForeign()) this.#setAside(path);
    for (const path of this.#waiting) if (this.#files.get(path)?.run !== undefined) this.#close(path);
    const offered = [...this.#open.values()].filter(({ path }) => !this.#foreign.has(path) && !this.#waiting.has(path));
    await this.#offer(offered);
  }

  /** Whether the folder still has the archive that told of a run. */
  has(path: string): boolean {
    return this.#files.has(path);
  }

  async #scan(): Promise<void> {
    const report = await this.#folder.scan();
    this.#report = report;
    this.#readBytes += report.bytesRead;
    const problems = report.problems.join('; ');
    if (problems !== '' && problems !== this.#logged) {
      this.#options.log.warn(
        { archive: this.archive, problems: report.problems.slice(0, 5) },
        'the archive folder cannot be read completely',
      );
    }
    this.#logged = problems;
    this.#options.scanned(this);
  }

  async #record(files: readonly ReadFile[]): Promise<void> {
    const { recorder, log } = this.#options;
    const rows = files.map((file) => this.#row(file));
    for (const row of rows) {
      this.#close(row.path);
      this.#files.set(row.path, row);
      if (isOpen(row)) this.#open.set(row.path, row);
      if (row.state === 'unreadable') log.warn({ path: row.path, reason: row.reason }, 'an archive cannot be used');
    }
    for (const { path, reading } of files) {
      const misfits = reading.kind === 'outcome' ? reading.misfits : [];
      if (misfits.length > 0)
        log.warn({ path, misfits }, 'a document of an archive does not fit; what it says is missing');
    }
    recorder.add({ archiveFiles: rows });
    const touched = await this.#offer(rows.filter(isOpen));
    for (const user of touched) await user.remember();
    if (touched.size === 0) await recorder.commit();
  }

  async #forget(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      this.#files.delete(path);
      this.#close(path);
    }
    this.#options.recorder.add({ removedArchiveFiles: paths.map((path) => ({ folder: this.path, path })) });
    await this.#options.recorder.commit();
  }

  /** Tells each archive to the history of its cluster, if that can be told. */
  async #offer(archives: readonly OpenArchive[]): Promise<Set<FolderUser>> {
    const touched = new Set<FolderUser>();
    if (archives.length === 0) return touched;
    const users = [...this.users].map(asArchiveUser);
    const owned = Map.groupBy(
      archives,
      ({ outcome, clusterFolder }) => ownerOf(outcome, clusterFolder, users)?.cluster,
    );
    for (const user of this.users) {
      const mine = owned.get(user.name) ?? [];
      const recalled = await this.#options.memory.recall(
        user.history,
        mine.map(({ outcome }) => outcome),
      );
      if (!recalled) continue;
      for (const { outcome, path } of mine) this.#place(user, outcome, path);
      if (mine.length > 0) touched.add(user);
    }
    return touched;
  }

  #place(user: FolderUser, outcome: ArchiveOutcome, path: string): void {
    const placement = user.history.archived(outcome, path, this.#options.clock.now());
    if (placement === 'taken') this.#close(path);
    if (placement === 'foreign') this.#setAside(path);
    if (placement === 'waiting') {
      this.#waiting.add(path);
      user.observeSoon();
    }
  }

  #close(path: string): void {
    this.#open.delete(path);
    this.#waiting.delete(path);
    this.#foreign.delete(path);
  }

  /** Remembered, because later on, with the run lost from sight, it could no longer be told that it is not its archive. */
  #setAside(path: string): void {
    this.#waiting.delete(path);
    this.#foreign.add(path);
    const file = this.#files.get(path);
    if (file === undefined) return;
    const aside = { ...file, reason: FOREIGN };
    this.#files.set(path, aside);
    this.#options.recorder.add({ archiveFiles: [aside] });
  }

  #row({ reading, ...file }: ReadFile): ArchiveFile {
    return {
      folder: this.path,
      path: file.path,
      jobId: file.jobId,
      ...(file.clusterFolder === undefined ? {} : { clusterFolder: file.clusterFolder }),
      size: file.size,
      mtimeMs: file.mtimeMs,
      state: file.state,
      ...(reading.kind === 'unreadable' ? { reason: reading.reason } : {}),
      ...(reading.kind === 'outcome' ? { outcome: reading.outcome } : {}),
    };
  }

  #oldestIncomplete(): number | undefined {
    const since = this.#options.clock.now() - this.#options.retentionMs;
    let oldest: number | undefined;
    for (const { state, mtimeMs } of this.#files.values()) {
      if (state === 'incomplete' && mtimeMs >= since) oldest = Math.min(oldest ?? mtimeMs, mtimeMs);
    }
    return oldest;
  }
}

function isOpen(file: ArchiveFile): file is OpenArchive {
  return file.outcome !== undefined && file.run === undefined;
}

function asArchiveUser({ name, history, status }: FolderUser): ArchiveUser {
  return { cluster: name, generations: (jobId) => history.generations(jobId), clusterFolder: status.clusterFolder };
}
