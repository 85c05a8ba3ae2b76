/**
 * One archive folder or History Server at work: scans it, finds out whose each archive is, and tells that cluster's
 * history. Used by one or several clusters. Keeps the last scan, and what is known of the files (`ArchiveIndex`). Made by
 * `Fleet` for all that a cluster names, or that its JobManager does.
 */

import { ArchiveFolder, type ReadFile, type ScanReport } from '../archive/archive-folder.ts';
import type { ArchiveSource } from '../archive/archive-source.ts';
import type { ArchiveWatcher } from '../archive/archive-watcher.ts';
import type { ArchivesConfig } from '../config/config.ts';
import { type ArchiveUser, type Attributable, ownerOf } from '../core/attribution.ts';
import type { ClusterHistory } from '../core/cluster-history.ts';
import { MedicError } from '../core/errors.ts';
import type { ScanEvidence } from '../core/vanished.ts';
import type { Clock, Timers } from '../core/clock.ts';
import type { ArchiveOutcome } from '../core/facts.ts';
import type { ArchivedBy } from '../core/states.ts';
import type { ArchiveFile } from '../ledger/ledger.ts';
import type { Recorder } from '../ledger/recorder.ts';
import type { ExportedArchive } from '../metrics/families/archive-families.ts';
import { type Repeat, repeat } from '../core/repeat.ts';
import { ArchiveIndex, type OpenArchive, refusedBy } from './archive-index.ts';
import type { RunMemory } from './run-memory.ts';
import { scanDelayMs } from './start-order.ts';

const SHOW_MS = 1_000;
/** A first scan can take hours, of a slow History Server; alerts and orders must not wait so long to be let in. */
const AWAITED_MS = 120_000;

/** A cluster that uses the folder or History Server. */
export interface FolderUser {
  readonly name: string;
  readonly history: ClusterHistory;
  readonly status: { readonly clusterFolder?: string | null };
  /** Stores and shows what its history took. */
  remember(): Promise<void>;
  /** Stores it. */
  store(): Promise<void>;
  /** Shows what was stored since it was last shown, and these names. */
  show(changedNames: readonly string[]): void;
  /** An archive waits for the next observation. */
  observeSoon(): void;
}

export interface ArchiveUnitOptions {
  /** As configured, or as the JobManager says it: the label. */
  readonly archive: string;
  readonly path: string;
  readonly kind: ArchivedBy;
  readonly source: ArchiveSource;
  /** What shortens the wait for the next scan, if anything can. */
  readonly watch?: (onHint: () => void) => Pick<ArchiveWatcher, 'start' | 'stop'>;
  /** Asked at every use, because a reload may change it. */
  readonly config: () => ArchivesConfig;
  /** Incomplete files older than this do not count as waiting; milliseconds. */
  readonly retentionMs: () => number;
  /** Whether it is known of every configured cluster which folders it uses. */
  readonly allUsersKnown: () => boolean;
  readonly memory: RunMemory;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Called after each scan, to show what it found. */
  readonly scanned: (unit: ArchiveUnit) => void;
}

export class ArchiveUnit {
  /** The label; a reload may change how the folder is written. */
  archive: string;
  readonly path: string;
  readonly users = new Set<FolderUser>();
  readonly #options: ArchiveUnitOptions;
  readonly #watcher: Pick<ArchiveWatcher, 'start' | 'stop'> | undefined;
  readonly #abort = new AbortController();
  /** Empty before the first scan. */
  #index = new ArchiveIndex<FolderUser>();
  /** Monotonic, milliseconds. */
  readonly #madeAt: number;
  /** Undefined before the first scan. */
  #folder: ArchiveFolder | undefined;
  #loop: Repeat | undefined;
  #report: ScanReport | undefined;
  #readBytes = 0;
  /** Monotonic, milliseconds. */
  #shownAt = 0;
  #logged = '';
  #warnedOfOpen = false;

  constructor(options: ArchiveUnitOptions) {
    const { archive, path, watch, clock } = options;
    this.archive = archive;
    this.path = path;
    this.#options = options;
    this.#madeAt = clock.monotonic();
    this.#watcher = watch?.(() => this.#loop?.hint());
  }

  /** Whether a first scan was tried. */
  get scanned(): boolean {
    return this.#report !== undefined;
  }

  /** Whether readiness waits for the first scan. */
  get awaited(): boolean {
    return !this.scanned && this.#options.clock.monotonic() - this.#madeAt < AWAITED_MS;
  }

  start(): void {
    const { config, memory, clock, timers, log } = this.#options;
    this.#watcher?.start();
    this.#loop ??= repeat({
      delayMs: scanDelayMs(memory.endedRuns),
      intervalMs: () => config().scanIntervalMs,
      task: () => this.#scan(),
      failed: (error) => {
        if (this.#abort.signal.aborted) return;
        // What is wrong with the ledger is said there.
        if (error instanceof MedicError)
          log.error({ archive: this.archive, code: error.code }, 'a scan failed because of the ledger');
        else log.error({ err: error, archive: this.archive }, 'a scan failed for a fault of ours');
      },
      clock,
      timers,
    });
  }

  /** Brings the next scan forward. */
  scanSoon(): void {
    this.#loop?.hint();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    this.#watcher?.stop();
    await Promise.all([this.#loop?.stop(), this.#options.source.close()]);
  }

  /** What the last scan proves about a run that is missing; an outcome that belongs to nobody is a doubt, too. */
  evidence(): ScanEvidence | undefined {
    if (this.#report === undefined) return undefined;
    const { asOf, listed, doubtfulJobIds } = this.#report;
    return { asOf, complete: listed, doubtfulJobIds: new Set([...doubtfulJobIds, ...this.#index.openJobIds]) };
  }

  /** As it is exported; undefined before the first scan, and when nobody uses it. */
  exported(): ExportedArchive | undefined {
    const report = this.#report;
    if (report === undefined || this.users.size === 0) return undefined;
    const { indexed, incomplete, unreadable } = report.files;
    const { unattributed } = this.#index;
    const oldest = this.#index.oldestIncomplete(this.#options.clock.now() - this.#options.retentionMs());
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

  /** Offers what belongs to nobody again, because a cluster may have learned something. */
  async offerOpen(): Promise<void> {
    for (const user of await this.#offer(this.#index.nobodys())) await user.remember();
  }

  /**
   * A cluster's history found that an archive is not its own. Remembered, because later on, with the run lost from sight,
   * that could no longer be told. Does nothing for the path of another folder.
   */
  refused(user: FolderUser, path: string): void {
    const file = this.#index.refuse(path, user.name);
    if (file !== undefined) this.#options.recorder.add({ archiveFiles: [file] });
  }

  /** A cluster uses the folder no more; what waits for it is anybody's again. */
  leave(user: FolderUser): void {
    this.users.delete(user);
    this.#index.leave(user);
  }

  /** Whether the folder may still have the archive that told of a run. */
  mayHave(path: string): boolean {
    return this.#folder === undefined || this.#index.files.has(path);
  }

  async #scan(): Promise<void> {
    this.#shownAt = this.#options.clock.monotonic();
    this.#folder ??= await this.#openFolder();
    const report = await this.#folder.scan();
    const first = this.#report === undefined;
    this.#report = report;
    this.#readBytes += report.bytesRead;
    const problems = report.problems.join('; ');
    if (problems !== '' && problems !== this.#logged) {
      this.#options.log.warn(
        { archive: this.archive, problems: report.problems.slice(0, 5) },
        'the archives cannot be read completely',
      );
    }
    this.#logged = problems;
    await this.offerOpen();
    this.#warnOfOpen();
    this.#options.scanned(this);
    if (first) {
      const { files, durationMs: ms, bytesRead } = report;
      this.#options.log.info(
        { archive: this.archive, ...files, ms, bytesRead },
        'archives were scanned for the first time',
      );
    }
  }

  /** With the index of its files, which is in the ledger alone until then. */
  async #openFolder(): Promise<ArchiveFolder> {
    const { source, config, memory, clock } = this.#options;
    this.#index = new ArchiveIndex(await memory.filesOf(this.path));
    return new ArchiveFolder({
      source,
      maxFileSize: () => config().maxFileSizeBytes,
      sink: {
        index: this.#index.files,
        record: (files) => this.#record(files),
        forget: (paths) => this.#forget(paths),
      },
      now: () => clock.now(),
      signal: this.#abort.signal,
    });
  }

  /** Once, until there are none: nothing else would lead to the reason. */
  #warnOfOpen(): void {
    const { unattributed } = this.#index;
    if (unattributed > 0 && !this.#warnedOfOpen) {
      const why = this.#options.allUsersKnown()
        ? 'several clusters use them, and none of these clusters showed these jobs'
        : 'a cluster without configured archives was never reached, so that it may be its folder, too; archives: [] says it has none';
      this.#options.log.warn({ archive: this.archive, unattributed, why }, 'archives belong to no known cluster');
    }
    this.#warnedOfOpen = unattributed > 0;
  }

  async #record(files: readonly ReadFile[]): Promise<void> {
    const { recorder, log } = this.#options;
    const rows = files.map((file) => this.#row(file));
    const open = rows.flatMap((row) => this.#index.put(row) ?? []);
    for (const { path, state, reason } of rows) {
      if (state === 'unreadable') log.warn({ path, reason }, 'an archive cannot be used');
    }
    for (const { path, reading } of files) {
      const misfits = reading.kind === 'outcome' ? reading.misfits : [];
      if (misfits.length > 0)
        log.warn({ path, misfits }, 'a document of an archive does not fit; what it says is missing');
    }
    recorder.add({ archiveFiles: rows });
    const touched = await this.#offer(open);
    for (const user of touched) await user.store();
    this.#showNowAndThen(touched);
    if (touched.size === 0) await recorder.commit();
  }

  /** Of a long scan: to show each batch would cost more than to read it. What is left is shown when the scan is over. */
  #showNowAndThen(users: Iterable<FolderUser>): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#shownAt < SHOW_MS) return;
    this.#shownAt = now;
    for (const user of users) user.show([]);
  }

  async #forget(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.#index.delete(path);
    this.#options.recorder.add({ removedArchiveFiles: paths.map((path) => ({ folder: this.path, path })) });
    await this.#options.recorder.commit();
  }

  /** Tells each archive to the history of its cluster, if that can be told. */
  async #offer(archives: readonly OpenArchive[]): Promise<Set<FolderUser>> {
    const touched = new Set<FolderUser>();
    if (archives.length === 0) return touched;
    const users = [...this.users].map(asArchiveUser);
    const allUsersKnown = this.#options.allUsersKnown();
    const histories = [...this.users].map(({ history }) => history);
    const readable = archives.filter(({ jobId }) => histories.every((history) => history.isReadable(jobId)));
    const owned = Map.groupBy(readable, (file) => ownerOf(asAttributable(file), users, allUsersKnown)?.cluster);
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
    const placement = user.history.archived({ outcome, path, source: this.#options.kind }, this.#options.clock.now());
    if (placement === 'taken') this.#index.close(path);
    if (placement === 'foreign') this.refused(user, path);
    if (placement === 'waiting') {
      this.#index.wait(path, user);
      user.observeSoon();
    }
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
}

function asAttributable(file: OpenArchive): Attributable {
  const { outcome, clusterFolder } = file;
  return { outcome, refusedBy: refusedBy(file), ...(clusterFolder === undefined ? {} : { clusterFolder }) };
}

function asArchiveUser({ name, history, status }: FolderUser): ArchiveUser {
  return { cluster: name, generations: (jobId) => history.generations(jobId), clusterFolder: status.clusterFolder };
}
