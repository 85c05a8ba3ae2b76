/**
 * Keeps what is not in the ledger yet and brings it there, one transaction at a time. When the ledger cannot be written
 * nothing is lost while the process lives: the changes stay and go with the next commit, and observation and /metrics go
 * on. Bounded: of a run, a name, a file and a setting only the newest state waits, of audit events and of notifications
 * the newest 10,000.
 */

import { messageOf } from '../core/errors.ts';
import type { NameCounters } from '../core/name-counters.ts';
import { keyOf, type Run, type RunEvent, type RunKey, type Tombstone } from '../core/run.ts';
import type { Notification } from './incident-ledger.ts';
import type { ArchiveFile, Ledger, LedgerChanges } from './ledger.ts';

/** Audit events, and as many notifications. */
export const MAX_UNWRITTEN = 10_000;

export interface RecorderHooks {
  /** A commit failed; called every time. */
  failed(error: unknown): void;
  readonly log: { error(message: string): void; info(message: string): void };
}

export class Recorder {
  readonly #ledger: Pick<Ledger, 'commit'>;
  readonly #hooks: RecorderHooks;
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
  #commits: Promise<unknown> = Promise.resolve();
  #writable = true;
  /** Events and notifications, since it cannot be written. */
  #lost = 0;

  constructor(ledger: Pick<Ledger, 'commit'>, hooks: RecorderHooks) {
    this.#ledger = ledger;
    this.#hooks = hooks;
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
  }

  /** A run as it waits to be stored; undefined when the ledger has it, or it waits to leave. */
  waiting(key: RunKey): Run | undefined {
    const isIt = (run: Run): boolean => run.cluster === key.cluster && keyOf(run) === keyOf(key);
    return this.#runs.get(`${key.cluster}/${keyOf(key)}`) ?? this.#runsUnderWay.find(isIt);
  }

  /** Stores everything that waits; false when that failed. Commits never overlap. */
  commit(): Promise<boolean> {
    const commit = this.#commits.then(() => this.#commit());
    this.#commits = commit;
    return commit;
  }

  async #commit(): Promise<boolean> {
    const changes = this.#take();
    if (changes === undefined) return this.#writable;
    this.#runsUnderWay = changes.runs;
    try {
      await this.#ledger.commit(changes);
      if (!this.#writable) this.#hooks.log.info(`the ledger can be written again; ${this.#describeLost()}`);
      this.#writable = true;
      this.#lost = 0;
    } catch (error) {
      this.#hooks.failed(error);
      if (this.#writable) this.#hooks.log.error(`${messageOf(error)}; what changed is kept in memory and tried again`);
      this.#writable = false;
      this.#putBack(changes);
    }
    this.#runsUnderWay = [];
    return this.#writable;
  }

  #take(): LedgerChanges | undefined {
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
    const { settings, ...lists } = changes;
    const empty = settings.size === 0 && Object.values(lists).every((list) => list.length === 0);
    return empty ? undefined : changes;
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
