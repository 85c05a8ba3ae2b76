/**
 * Shortens the wait for the next scan of an archive folder: says when something appeared in it. Only a hint. Periodic scans
 * are the truth, and whatever goes wrong here is logged once and has no consequence. Keeps one timer. `src/app/` constructs
 * one for each folder that is watched.
 */

import type { FolderCalls } from './folder-calls.ts';

export interface WatcherOptions {
  readonly folder: string;
  readonly calls: Pick<FolderCalls, 'watch'>;
  readonly onHint: () => void;
  /** Runs `task` once after `delayMs`; returns what cancels it. */
  readonly schedule: (task: () => void, delayMs: number) => () => void;
  readonly log: { warn(fields: object, message: string): void };
}

/** One hint for all that happens in this time: long enough for Flink to have written the file that was begun. */
const HINT_DELAY_MS = 1_000;

export class ArchiveWatcher {
  readonly #options: WatcherOptions;
  #unwatch: (() => void) | undefined;
  #cancelHint: (() => void) | undefined;
  #warned = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Begins to watch; a second call does nothing. */
  start(): void {
    const { folder, calls } = this.#options;
    this.#unwatch ??= calls.watch(folder, {
      changed: () => this.#hint(),
      failed: (problem) => this.#warn(problem),
    });
  }

  /** Ends watching; no hint comes afterwards. */
  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#cancelHint?.();
    this.#cancelHint = undefined;
  }

  #hint(): void {
    this.#cancelHint ??= this.#options.schedule(() => {
      this.#cancelHint = undefined;
      this.#options.onHint();
    }, HINT_DELAY_MS);
  }

  #warn(error: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const { folder, log } = this.#options;
    log.warn({ folder, error }, 'cannot watch the archive folder; it is still scanned periodically');
  }
}
