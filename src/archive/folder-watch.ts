/**
 * Watches one archive folder with inotify: the folder, its cluster folders and their `applications` folders, not what lies
 * in each application (with 5,000 of them that would be 10,000 watches). From Flink 2.3 on a job of a session cluster is an
 * application of its own, so its end is still seen; the later jobs of a longer application wait for the next scan. A thread
 * of the archive folders keeps one for each folder and renews it with every listing, for its calls wait for the file system.
 */

import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { FolderListener } from './folder-calls.ts';

/** `JobID`, `ApplicationID`, `cluster.id`, and the folder of applications. */
const WATCHED_NAME = /^(?:[0-9a-f]{32}|applications)$/;

interface Watch {
  readonly watcher: FSWatcher;
  /** Of which folder; another may have been mounted or made in its place since. */
  readonly identity: string;
}

export class FolderWatch {
  readonly #folder: string;
  readonly #listener: FolderListener;
  readonly #watches = new Map<string, Watch>();

  constructor(folder: string, listener: FolderListener) {
    this.#folder = folder;
    this.#listener = listener;
  }

  /**
   * Watches what is there now, and nothing else any more.
   *
   * @param clusterFolders their names
   */
  renew(clusterFolders: readonly string[]): void {
    const clusters = clusterFolders.map((name) => join(this.#folder, name));
    const wanted = new Set([this.#folder, ...clusters, ...clusters.map((cluster) => join(cluster, 'applications'))]);
    for (const path of this.#watches.keys()) if (!wanted.has(path)) this.#end(path);
    for (const path of wanted) this.#watch(path);
  }

  close(): void {
    for (const path of this.#watches.keys()) this.#end(path);
  }

  #watch(path: string): void {
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      const identity = stats && `${stats.dev}/${stats.ino}/${stats.birthtimeMs}`;
      if (this.#watches.get(path)?.identity === identity) return;
      this.#end(path);
      if (identity === undefined) return;
      const watcher = watch(path, (_event, name) => {
        // Of itself, then: it was removed, renamed or unmounted.
        if (name === basename(path)) this.#end(path);
        if (name !== null && WATCHED_NAME.test(name)) this.#listener.changed();
      });
      watcher.on('error', (error) => this.#listener.failed(messageOf(error)));
      this.#watches.set(path, { watcher, identity });
    } catch (error) {
      this.#listener.failed(messageOf(error));
    }
  }

  #end(path: string): void {
    this.#watches.get(path)?.watcher.close();
    this.#watches.delete(path);
  }
}
