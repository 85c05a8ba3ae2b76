/**
 * Reloads the configuration when one of its files changes. It watches folders, not files: editors replace files, and
 * Kubernetes swaps the symbolic link `..data` beside them. Bounded to one watch a folder and one pending reload. A hint
 * only: network mounts report nothing, so SIGHUP and `/-/reload` stay. Started by the composition root.
 */

import { type FSWatcher, watch } from 'node:fs';
import { basename, resolve } from 'node:path';

import { FilePattern } from './file-pattern.ts';
import type { ConfigReloader } from './reload.ts';

/** Waits so long after the first change, so that files that are written together are read together. */
const SETTLE_MS = 1_000;

export interface ConfigWatcherDependencies {
  readonly reloader: Pick<ConfigReloader, 'current' | 'reload' | 'onReload'>;
  /** Runs the task once after the delay; returns what takes it back. */
  readonly schedule: (task: () => void, delayMs: number) => () => void;
  /** Called when a reload failed or a folder cannot be watched. */
  readonly onError: (error: unknown) => void;
}

export class ConfigWatcher {
  #watchers: readonly FSWatcher[] = [];
  #cancel: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;
  readonly #dependencies: ConfigWatcherDependencies;

  constructor(dependencies: ConfigWatcherDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    if (this.#unsubscribe !== undefined) return;
    this.#unsubscribe = this.#dependencies.reloader.onReload(() => this.#watch());
    this.#watch();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  /** Watches anew: the files may be others now, and a folder that was replaced has to be opened again. */
  #watch(): void {
    const previous = this.#watchers;
    const folders = new Map<string, FilePattern[]>();
    for (const source of this.#dependencies.reloader.current.sources) {
      const folder = resolve(source.folder);
      folders.set(folder, [...(folders.get(folder) ?? []), source]);
    }
    this.#watchers = [...folders].flatMap(([folder, patterns]) => this.#open(folder, patterns) ?? []);
    for (const watcher of previous) watcher.close();
  }

  #open(folder: string, patterns: readonly FilePattern[]): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || isMeant(name, folder, patterns)) this.#changed();
      });
      return watcher.on('error', this.#dependencies.onError);
    } catch (error) {
      const parent = new FilePattern(folder);
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT' && parent.folder !== folder;
      // A folder that is yet to come shows in the one above it.
      if (missing) return this.#open(parent.folder, [parent]);
      this.#dependencies.onError(error);
      return undefined;
    }
  }

  #changed(): void {
    this.#cancel ??= this.#dependencies.schedule(() => void this.#reload(), SETTLE_MS);
  }

  async #reload(): Promise<void> {
    this.#cancel = undefined;
    try {
      await this.#dependencies.reloader.reload();
    } catch (error) {
      if (this.#unsubscribe !== undefined) this.#watch();
      this.#dependencies.onError(error);
    }
  }
}

function isMeant(name: string, folder: string, patterns: readonly FilePattern[]): boolean {
  // A watched folder that is removed or replaced reports its own name.
  return name === '..data' || name === basename(folder) || patterns.some((pattern) => pattern.matches(name));
}
