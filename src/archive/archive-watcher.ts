/**
 * Shortens the wait for the next scan of an archive folder: says when something appeared in it. Only a hint. Events are
 * lost on network mounts and never come for folders that other hosts write, so periodic scans are the truth, and whatever
 * goes wrong here is logged once and has no consequence. `src/app/` constructs one for each folder that is watched.
 *
 * Bounded: it watches the folder, its cluster folders and their `applications` folders, not what lies in each
 * application (with 5,000 of them that would be 10,000 inotify watches). From Flink 2.3 on a job of a session cluster is
 * an application of its own, so its end is still seen; the later jobs of a longer application wait for the next scan.
 */

import { relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from '../core/errors.ts';

export interface WatcherOptions {
  readonly folder: string;
  readonly onHint: () => void;
  /** Runs `task` once after `delayMs`; returns what cancels it. */
  readonly schedule: (task: () => void, delayMs: number) => () => void;
  readonly log: { warn(fields: object, message: string): void };
}

/** One hint for all that happens in this time: long enough for Flink to have written the file that was begun. */
const HINT_DELAY_MS = 1_000;
/** `<folder>/<clusterId>/applications/<applicationId>`, `<folder>/<jobId>` */
const PLACES = /^(?:[0-9a-f]{32}(?:\/applications(?:\/[0-9a-f]{32})?)?)?$/;

export class ArchiveWatcher {
  readonly #options: WatcherOptions;
  #watcher: FSWatcher | undefined;
  #cancelHint: (() => void) | undefined;
  #warned = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Begins to watch; a second call does nothing. Never fails: a folder that is not there yet is waited for. */
  start(): void {
    if (this.#watcher !== undefined) return;
    const { folder } = this.#options;
    this.#watcher = watch(folder, {
      ignoreInitial: true,
      ignored: (path) => !PLACES.test(relative(folder, path).split(sep).join('/')),
      depth: 2,
      atomic: false,
      backend: 'native',
    });
    this.#watcher.on('add', () => this.#hint());
    this.#watcher.on('addDir', () => this.#hint());
    this.#watcher.on('change', () => this.#hint());
    this.#watcher.on('error', (error) => this.#warn(error));
  }

  /** Ends watching; no hint comes afterwards. */
  async stop(): Promise<void> {
    this.#cancelHint?.();
    this.#cancelHint = undefined;
    const watcher = this.#watcher;
    this.#watcher = undefined;
    await watcher?.close();
  }

  #hint(): void {
    this.#cancelHint ??= this.#options.schedule(() => {
      this.#cancelHint = undefined;
      this.#options.onHint();
    }, HINT_DELAY_MS);
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const { folder, log } = this.#options;
    log.warn({ folder, error: messageOf(error) }, 'cannot watch the archive folder; it is still scanned periodically');
  }
}
