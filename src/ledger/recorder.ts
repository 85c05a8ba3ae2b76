/**
 * Keeps what is not in the ledger yet and brings it there, one transaction at a time. Who asks while one is under way, or
 * shortly after it, shares the next: a transaction waits for the disk, and the event loop with it, however little is in it.
 * Nobody is told that something is stored before it is. When the ledger cannot be written
 * nothing is lost while the process lives: the changes stay and go with the next commit, and observation and /metrics go
 * on. Bounded: of a run, a name, a file and a setting only the newest state waits, of audit events and of notifications
 * the newest 10,000.
 */

import type { Clock, Timers } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { NameCounters } from '../core/name-counters.ts';
import { keyOf, type Run, type RunEvent, type RunKey, type Tombstone } from '../core/run.ts';
import type { Notification } from './incident-ledger.ts';
import type { ArchiveFile, Ledger, LedgerChanges } from './ledger.ts';

/** Audit events, and as many notifications. */
export const MAX_UNWRITTEN = 10_000;

/** After a commit the next waits this many times as long as it took, so that a slow disk does not stop everything else. */
const PAUSE_RATIO = 4;
const MAX_PAUSE_MS = 100;
/** With so many rows it waits no longer: the disk is then the smaller part of what a commit costs. */
const ENOUGH_ROWS = 256;

export interface RecorderOptions {
  /** A commit failed; called every time. */
  failed(error: unknown): void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
  readonly log: { error(message: string): void; info(message: string): void };
}

export class Recorder {
  readonly #ledger: Pick<Ledger, 'commit'>;
  readonly #options: RecorderOptions;
  readonly #runs = new Map<string, Run>();
  readonly #removed = new Map<string, Tombstone>();
  readonly #names = new Map<string, NameCounters>();
  readonly #archiveFiles = new Map<string, ArchiveFile>();
  readonly #removedFiles = new Map<string, Pick<ArchiveFile, 'folder' | 'path'>>();
  readonly #settings = new Map<string, string>();
  readonly #removedSettings = new Set<string>();
  /** Of the commit that is under way. */
  #runsUnderWay: readonly Run[] = [];
  #events: RunEvent[] = [];
  #notifications: Notification[] = [];
  /** The last commit, under way or over. */
  #commit: Promise<unknown> = Promise.resolve();
  /** The one that has not begun. */
  #next: Promise<boolean> | undefined;
  /** Ends the pause before it. */
  #hurry: () => void = () => undefined;
  /** Of the last commit; monotonic. */
  #endedAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #writable = true;
  /** Events and notifications, since it cannot be written. */
  #lost = 0;

  constructor(ledger: Pick<Ledger, 'commit'>, options: RecorderOptions) {
    this.#ledger = ledger;
    this.#options = options;
  }

  /** Whether the last commit succeeded. */
  get writable(): boolean {
    return this.#writable;
  }

  /** How much of the place for events that wait is used; at 1 the oldest are lost. */
  get fullness(): number {
    return this.#events.length / MAX_UNWRITTEN;
  }

  add(changes: Partial<LedgerChanges>): void {
    for (const run of changes.runs ?? []) this.#runs.set(`${run.cluster}/${keyOf(run)}`, run);
    for (const stone of changes.removed ?? []) {
      const key = `${stone.cluster}/${keyOf(stone)}`;
      this.#runs.delete(key);
      this.#removed.set(key, stone);
    }
    for (const name of changes.names ?? []) this.#names.set(`${name.cluster}/${name.name}`, name);
    for (const file of changes.archiveFiles ?? []) {
      this.#removedFiles.delete(fileKey(file));
      this.#archiveFiles.set(fileKey(file), file);
    }
    for (const file of changes.removedArchiveFiles ?? []) {
      this.#archiveFiles.delete(fileKey(file));
      this.#removedFiles.set(fileKey(file), file);
    }
    for (const key of changes.removedSettings ?? []) {
      this.#settings.delete(key);
      this.#removedSettings.add(key);
    }
    for (const [key, value] of changes.settings ?? []) this.#settings.set(key, value);
    this.#events = this.#newest(this.#events, changes.events);
    this.#notifications = this.#newest(this.#notifications, changes.notifications);
    if (this.#rows >= ENOUGH_ROWS) this.#hurry();
  }

  /** A run as it waits to be stored; undefined when the ledger has it, or it waits to leave. */
  waiting(key: RunKey): Run | undefined {
    const isIt = (run: Run): boolean => run.cluster === key.cluster && keyOf(run) === keyOf(key);
    return this.#runs.get(`${key.cluster}/${keyOf(key)}`) ?? this.#runsUnderWay.find(isIt);
  }

  /**
   * Stores everything that waits, after at most MAX_PAUSE_MS and the commit under way; false when that failed. Commits never
   * overlap.
   */
  commit(): Promise<boolean> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<boolean> {
    await this.#commit;
    const pauseMs = this.#endedAt + Math.min(PAUSE_RATIO * this.#tookMs, MAX_PAUSE_MS) - this.#monotonic();
    if (pauseMs > 0 && this.#rows > 0 && this.#rows < ENOUGH_ROWS) await this.#pause(pauseMs);
    this.#next = undefined;
    const commit = this.#store();
    this.#commit = commit;
    return commit;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(ms, resolve);
      this.#hurry = () => {
        cancel();
        resolve();
      };
    });
  }

  #monotonic(): number {
    return this.#options.clock.monotonic();
  }

  /** That wait. */
  get #rows(): number {
    const keyed = [this.#runs, this.#removed, this.#names, this.#archiveFiles, this.#removedFiles];
    const settings = this.#settings.size + this.#removedSettings.size;
    return keyed.reduce((sum, { size }) => sum + size, settings + this.#events.length + this.#notifications.length);
  }

  async #store(): Promise<boolean> {
    const startedAt = this.#monotonic();
    const changes = this.#take();
    if (changes === undefined) return this.#writable;
    this.#runsUnderWay = changes.runs;
    try {
      await this.#ledger.commit(changes);
      if (!this.#writable) this.#options.log.info(`the ledger can be written again; ${this.#describeLost()}`);
      this.#writable = true;
      this.#lost = 0;
    } catch (error) {
      this.#options.failed(error);
      if (this.#writable)
        this.#options.log.error(`${messageOf(error)}; what changed is kept in memory and tried again`);
      this.#writable = false;
      this.#putBack(changes);
    }
    this.#runsUnderWay = [];
    this.#endedAt = this.#monotonic();
    this.#tookMs = this.#endedAt - startedAt;
    return this.#writable;
  }

  #take(): LedgerChanges | undefined {
    if (this.#rows === 0) return undefined;
    const changes: LedgerChanges = {
      runs: takeAll(this.#runs),
      removed: takeAll(this.#removed),
      names: takeAll(this.#names),
      archiveFiles: takeAll(this.#archiveFiles),
      removedArchiveFiles: takeAll(this.#removedFiles),
      settings: new Map(this.#settings),
      removedSettings: [...this.#removedSettings],
      events: this.#events,
      notifications: this.#notifications,
    };
    this.#settings.clear();
    this.#removedSettings.clear();
    this.#events = [];
    this.#notifications = [];
    return changes;
  }

  /** What can be written at once may be as much as it is. */
  #newest<T>(waiting: readonly T[], more: readonly T[] = []): T[] {
    const all = [...waiting, ...more];
    if (this.#writable) return all;
    this.#lost += Math.max(0, all.length - MAX_UNWRITTEN);
    return all.slice(-MAX_UNWRITTEN);
  }

  #describeLost(): string {
    return this.#lost === 0
      ? 'nothing was lost'
      : `${this.#lost} entries of the audit and messages to receivers were lost`;
  }

  /** What failed waits again, but never overwrites what was added meanwhile. */
  #putBack(failed: LedgerChanges): void {
    const meanwhile = this.#take();
    this.add(failed);
    if (meanwhile !== undefined) this.add(meanwhile);
  }
}

function fileKey(file: Pick<ArchiveFile, 'folder' | 'path'>): string {
  return `${file.folder}\n${file.path}`;
}

function takeAll<T>(waiting: Map<string, T>): T[] {
  const values = [...waiting.values()];
  waiting.clear();
  return values;
}
