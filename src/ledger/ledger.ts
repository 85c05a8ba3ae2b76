/**
 * The ledger: what flink-medic must remember across its own restarts. One interface; SQLite behind it now. Its callers
 * are the recorder (writes), the composition root (load at start) and the API (events).
 */

import type { NameCounters } from '../core/name-counters.ts';
import type { Run, RunEvent, RunKey, Tombstone } from '../core/run.ts';
import type { ArchiveOutcome } from '../core/facts.ts';
import type { Notification } from './incident-ledger.ts';

/** One file of an archive folder, as it was when it was last read. */
export interface ArchiveFile {
  /** The folder as configured. */
  readonly folder: string;
  readonly path: string;
  readonly jobId: string;
  /** Name of the `cluster.id` folder of Flink 2.3's layout; absent in the flat one. */
  readonly clusterFolder?: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly state: 'indexed' | 'incomplete' | 'unreadable';
  /** Why it is unreadable; or `foreign to` and, one a line, the clusters of which it is surely no run's. */
  readonly reason?: string;
  /** Kept until the file is attributed to a run. */
  readonly outcome?: ArchiveOutcome;
  /** The run that it was written for; absent while nobody knows. */
  readonly run?: RunKey;
}

/** One transaction: everything in it is stored, or nothing. */
export interface LedgerChanges {
  readonly runs: readonly Run[];
  /** Runs that leave; a tombstone stays. */
  readonly removed: readonly Tombstone[];
  readonly names: readonly NameCounters[];
  readonly events: readonly RunEvent[];
  readonly archiveFiles: readonly ArchiveFile[];
  readonly removedArchiveFiles: readonly Pick<ArchiveFile, 'folder' | 'path'>[];
  /** Values are JSON texts. */
  readonly settings: ReadonlyMap<string, string>;
  /** Keys. */
  readonly removedSettings: readonly string[];
  /** Of final statuses. One that waits already stays as it is. */
  readonly notifications: readonly Notification[];
}

export interface LedgerContents {
  /** Ended ones may sleep, and wake while the ledger is open. */
  readonly runs: readonly Run[];
  /** Of the names that have a run. */
  readonly names: readonly NameCounters[];
  /** Archive folders of which files are known. */
  readonly folders: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
}

export interface Ledger {
  /**
   * What is kept in memory while flink-medic runs, but for the files of archive folders.
   *
   * @param read gives back what sleeps, when somebody asks for it; `run` when left out
   * @throws MedicError `ledger_unusable`
   */
  load(read?: (key: RunKey) => Run): Promise<LedgerContents>;
  /**
   * The files of one archive folder, read in turns of the event loop: nothing may be stored of that folder meanwhile.
   *
   * @throws MedicError `ledger_unusable`
   */
  archiveFiles(folder: string): Promise<ArchiveFile[]>;
  /** @throws MedicError `ledger_write`; nothing of the changes was stored then */
  commit(changes: LedgerChanges): Promise<void>;
  /** What is not kept in memory: tombstones of ids and counters of names. */
  recall(
    cluster: string,
    jobIds: readonly string[],
    names: readonly string[],
  ): Promise<{ readonly tombstones: Tombstone[]; readonly names: NameCounters[] }>;
  /**
   * One run, at once: whoever asks has no time to wait, because what it knows may change meanwhile.
   *
   * @throws MedicError `ledger_unusable`, also when there is no such run
   */
  run(key: RunKey): Run;
  /** What happened to a run, oldest first. */
  events(key: RunKey): Promise<RunEvent[]>;
  /**
   * Deletes audit entries of before `olderThan` (our clock, milliseconds), and of the others all but about the `newest`.
   *
   * @returns how many are left, at most
   */
  pruneEvents(keep: { readonly olderThan: number; readonly newest: number }): Promise<number>;
  close(): Promise<void>;
}

export const NO_CHANGES: LedgerChanges = {
  runs: [],
  removed: [],
  names: [],
  events: [],
  archiveFiles: [],
  removedArchiveFiles: [],
  settings: new Map(),
  removedSettings: [],
  notifications: [],
};
