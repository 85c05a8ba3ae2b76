/**
 * All histories, and their way into the ledger and the exposition. Keeps one history a cluster, also of clusters that are
 * not configured now, so that nothing is lost while a configuration is being mended; `forgetUnused` bounds those. Made
 * once by the composition root; survives reloads.
 */

import { ClusterHistory } from '../core/cluster-history.ts';
import type { ClusterMemory } from '../core/cluster-status.ts';
import type { Changes, Recoveries } from '../core/remembered-runs.ts';
import { ARCHIVE_SOURCES } from '../core/states.ts';
import { type Run, type RunEvent, type RunKey, tombstoneOf } from '../core/run.ts';
import { type SleepingRuns, sleepingRuns } from '../core/sleeping-run.ts';
import type { ArchiveFile, Ledger, LedgerContents } from '../ledger/ledger.ts';
import type { Notification } from '../ledger/incident-ledger.ts';
import type { Recorder } from '../ledger/recorder.ts';

/** What is in use, and what may leave. */
export interface Use {
  readonly clusters: ReadonlySet<string>;
  /** Undefined while nobody knows all of them. */
  readonly folders: ReadonlySet<string> | undefined;
  /** Whether an incident refers to a run. */
  readonly isReferred: (run: Run) => boolean;
  /** The present moment, our clock. */
  readonly at: number;
  /** What was not used since before this moment leaves. */
  readonly since: number;
}

/** What is kept of a cluster under a key of the ledger's settings. */
interface SavedCluster {
  /** A number, of archive folders alone, in ledgers of before there were History Servers. */
  readonly recoveries: Recoveries | number;
  readonly memory?: ClusterMemory;
}

export class RunMemory {
  readonly #ledger: Pick<Ledger, 'recall' | 'events' | 'run' | 'archiveFiles'>;
  readonly #recorder: Recorder;
  readonly #failed: (operation: 'read', error: unknown) => void;
  readonly #messages: (changes: Changes) => readonly Notification[];
  readonly #sleeping: SleepingRuns;
  readonly #histories = new Map<string, ClusterHistory>();
  readonly #saved = new Map<string, SavedCluster>();
  /** Every archive file that is known, by folder; of those that somebody asked for. */
  readonly #files = new Map<string, Map<string, ArchiveFile>>();
  /** Folders of the ledger that nobody asked for yet. */
  readonly #unreadFolders: Set<string>;
  /** Since when clusters and folders are not in use, by the key that they have here; our clock. */
  readonly #unused: Map<string, number>;

  constructor(
    ledger: Pick<Ledger, 'recall' | 'events' | 'run' | 'archiveFiles'>,
    recorder: Recorder,
    contents: LedgerContents,
    failed: (operation: 'read', error: unknown) => void,
    /** What receivers are told of these changes; stored with them. */
    messages: (changes: Changes) => readonly Notification[] = () => [],
  ) {
    this.#ledger = ledger;
    this.#recorder = recorder;
    this.#failed = failed;
    this.#sleeping = sleepingRuns((key) => this.read(key));
    this.#messages = messages;
    for (const [key, value] of contents.settings) {
      const cluster = clusterOfKey(key);
      if (cluster !== undefined) this.#saved.set(cluster, JSON.parse(value) as SavedCluster);
    }
    this.#unused = new Map(JSON.parse(contents.settings.get(UNUSED) ?? '[]') as [string, number][]);
    const runs = Map.groupBy(contents.runs, (run) => run.cluster);
    const names = Map.groupBy(contents.names, (counters) => counters.cluster);
    for (const cluster of new Set([...runs.keys(), ...names.keys(), ...this.#saved.keys()])) {
      const saved = this.#saved.get(cluster);
      const lastObservedAt = saved?.memory?.lastObservedJobManagerAt;
      this.#histories.set(
        cluster,
        new ClusterHistory(cluster, {
          runs: runs.get(cluster) ?? [],
          names: names.get(cluster) ?? [],
          recoveries: recoveriesOf(saved),
          ...(lastObservedAt === undefined ? {} : { lastObservedAt }),
        }),
      );
    }
    this.#unreadFolders = new Set(contents.folders);
  }

  /** A run that sleeps, at once. @throws MedicError `ledger_unusable`, also of one that has left */
  read(key: RunKey): Run {
    try {
      return this.#recorder.waiting(key) ?? this.#ledger.run(key);
    } catch (error) {
      if (this.remembers(key)) this.#failed('read', error);
      throw error;
    }
  }

  /** Whether a run has not left. */
  remembers(key: RunKey): boolean {
    return this.#histories.get(key.cluster)?.remembers(key) === true;
  }

  historyOf(cluster: string): ClusterHistory {
    let history = this.#histories.get(cluster);
    if (history === undefined) {
      history = new ClusterHistory(cluster, { runs: [], names: [] });
      this.#histories.set(cluster, history);
    }
    return history;
  }

  /** Of all clusters. */
  get endedRuns(): number {
    return [...this.#histories.values()].reduce((sum, { endedRuns }) => sum + endedRuns, 0);
  }

  /** Whether anything is remembered of a cluster. */
  knows(cluster: string): boolean {
    return this.#histories.has(cluster);
  }

  /** What was known of a cluster when flink-medic last ran or its configuration was last read. */
  memoryOf(cluster: string): ClusterMemory | undefined {
    return this.#saved.get(cluster)?.memory;
  }

  /** Whether archives of a folder are known. */
  knowsFilesOf(folder: string): boolean {
    return this.#unreadFolders.has(folder) || (this.#files.get(folder)?.size ?? 0) > 0;
  }

  /**
   * The archive files of a folder, by path. Read from the ledger by the first who asks: a start has a hundred thousand of
   * them, and nothing that is shown first needs any.
   *
   * @throws MedicError `ledger_unusable`
   */
  async filesOf(folder: string): Promise<Map<string, ArchiveFile>> {
    if (this.#unreadFolders.has(folder)) {
      const read = await this.#ledger.archiveFiles(folder).catch((error: unknown) => {
        this.#failed('read', error);
        throw error;
      });
      // Unless somebody else has read it meanwhile.
      if (this.#unreadFolders.delete(folder)) this.#files.set(folder, new Map(read.map((file) => [file.path, file])));
    }
    let files = this.#files.get(folder);
    if (files === undefined) {
      files = new Map();
      this.#files.set(folder, files);
    }
    return files;
  }

  /**
   * Hands a history what the ledger knows of the ids and names that it does not.
   *
   * @returns false when the ledger could not be read; then nothing new may be told to the history, because a run that
   *   was forgotten would be taken for a new one
   */
  async recall(
    history: ClusterHistory,
    jobs: readonly { readonly jobId: string; readonly name: string; readonly startTime: number }[],
  ): Promise<boolean> {
    const { jobIds, names } = history.strangers(jobs);
    return this.#recall(history, jobIds, names);
  }

  /** Hands a history the counters of names that may have no run now. */
  async recallNames(history: ClusterHistory, names: readonly string[]): Promise<void> {
    await this.#recall(history, [], names);
  }

  async #recall(history: ClusterHistory, jobIds: readonly string[], names: readonly string[]): Promise<boolean> {
    if (jobIds.length === 0 && names.length === 0) return true;
    try {
      const recalled = await this.#ledger.recall(history.cluster, jobIds, names);
      history.recall(recalled.tombstones, recalled.names);
      return true;
    } catch (error) {
      this.#failed('read', error);
      return false;
    }
  }

  /** Collects what changed in a cluster and stores it; the changes are returned to be shown. */
  async remember(history: ClusterHistory): Promise<Changes> {
    const changes = history.drain();
    const { runs, removed, names, events, placed } = changes;
    const archiveFiles = placed.flatMap(({ archive, run }) => this.#attribute(archive, run) ?? []);
    const settings = this.#recoveriesChanged(changes) ? this.#save(changes.cluster, {}) : new Map<string, string>();
    const notifications = this.#messages(changes);
    this.#recorder.add({ runs, removed, names, events, archiveFiles, settings, notifications });
    await this.#recorder.commit();
    return changes;
  }

  /** Puts the ended runs of a cluster to sleep that nobody needs now. */
  sleep(history: ClusterHistory, isNeeded: (run: Run) => boolean): void {
    history.sleep(isNeeded, this.#sleeping);
  }

  /** Stores what is known of a cluster, with the next commit. */
  keep(cluster: string, memory: ClusterMemory): void {
    this.#recorder.add({ settings: this.#save(cluster, { memory }) });
  }

  /**
   * Forgets clusters and archive folders that left the configuration long ago, with the next commit. Tombstones and the
   * counters of names stay in the ledger.
   *
   * @param use asked when nothing else can come into use any more
   * @throws MedicError `ledger_unusable`
   */
  async forgetUnused(use: () => Use): Promise<void> {
    // The ledger is told of each file that leaves.
    for (const folder of this.#unreadFolders) await this.filesOf(folder);
    const { clusters, folders, isReferred, at, since } = use();
    const before = JSON.stringify([...this.#unused]);
    const leaves = (key: string, isUsed: boolean | undefined): boolean => {
      if (isUsed === true) this.#unused.delete(key);
      if (isUsed !== false) return false;
      const unusedSince = this.#unused.get(key) ?? at;
      this.#unused.set(key, unusedSince);
      return unusedSince < since;
    };
    for (const [cluster, history] of this.#histories) {
      const key = keyOfCluster(cluster);
      if (!leaves(key, clusters.has(cluster))) continue;
      const runs = [...history.runs()];
      if (runs.some(isReferred)) continue;
      this.#histories.delete(cluster);
      this.#saved.delete(cluster);
      this.#unused.delete(key);
      this.#recorder.add({ removed: runs.map(tombstoneOf), removedSettings: [key] });
    }
    for (const [folder, files] of this.#files) {
      const key = FOLDER_KEY + folder;
      if (!leaves(key, folders?.has(folder))) continue;
      this.#files.delete(folder);
      this.#unused.delete(key);
      this.#recorder.add({ removedArchiveFiles: [...files.values()] });
    }
    const now = JSON.stringify([...this.#unused]);
    if (now !== before) this.#recorder.add({ settings: new Map([[UNUSED, now]]) });
  }

  async eventsOf(key: RunKey): Promise<readonly RunEvent[]> {
    return this.#ledger.events(key);
  }

  #attribute(path: string, run: RunKey): ArchiveFile | undefined {
    for (const files of this.#files.values()) {
      const file = files.get(path);
      if (file === undefined) continue;
      const { outcome: _merged, ...rest } = file;
      const attributed = { ...rest, run };
      files.set(path, attributed);
      return attributed;
    }
    return undefined;
  }

  #recoveriesChanged({ cluster, recoveries }: Changes): boolean {
    const saved = recoveriesOf(this.#saved.get(cluster));
    return ARCHIVE_SOURCES.some((source) => recoveries[source] !== (saved[source] ?? 0));
  }

  #save(cluster: string, change: Partial<SavedCluster>): Map<string, string> {
    const recoveries = this.historyOf(cluster).recoveries;
    const saved: SavedCluster = { ...this.#saved.get(cluster), ...change, recoveries };
    this.#saved.set(cluster, saved);
    return new Map([[keyOfCluster(cluster), JSON.stringify(saved)]]);
  }
}

function recoveriesOf(saved: SavedCluster | undefined): Partial<Recoveries> {
  const { recoveries = {} } = saved ?? {};
  return typeof recoveries === 'number' ? { archive: recoveries } : recoveries;
}

const CLUSTER_KEY = 'cluster/';
const FOLDER_KEY = 'folder/';
const UNUSED = 'unused';

function keyOfCluster(cluster: string): string {
  return CLUSTER_KEY + cluster;
}

function clusterOfKey(key: string): string | undefined {
  return key.startsWith(CLUSTER_KEY) ? key.slice(CLUSTER_KEY.length) : undefined;
}
