/**
 * Keeps the configuration in force and replaces it by a newer one only when that is right in every part (after
 * blackbox_exporter's config/reload.go). Bounded: one reload runs, at most one waits. Used by SIGHUP, `/-/reload` and
 * the watcher; the outcome is exported as `flink_medic_config_last_reload_*`.
 */

import type { Config } from './config.ts';
import type { LoadedConfig } from './load-config.ts';

/** Told after the swap; awaited before the next reload starts. */
export type ReloadListener = (config: Config, previous: Config) => void | Promise<void>;

export interface ReloadOutcome {
  /** Of the last attempt; the first load counts as one. */
  readonly successful: boolean;
  /** When the configuration in force was loaded, in milliseconds since the epoch. */
  readonly lastSuccessAt: number;
}

export interface ReloaderDependencies {
  /** Reads everything anew; rejects when anything is wrong. */
  readonly load: () => Promise<LoadedConfig>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class ConfigReloader {
  #loaded: LoadedConfig;
  #outcome: ReloadOutcome;
  #waiting: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<ReloadListener>();
  readonly #dependencies: ReloaderDependencies;

  /** @param initial what the program starts with */
  constructor(initial: LoadedConfig, dependencies: ReloaderDependencies) {
    this.#loaded = initial;
    this.#dependencies = dependencies;
    this.#outcome = { successful: true, lastSuccessAt: dependencies.now() };
  }

  get current(): LoadedConfig {
    return this.#loaded;
  }

  get outcome(): ReloadOutcome {
    return this.#outcome;
  }

  /** Returns a function that takes the listener off again. */
  onReload(listener: ReloadListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads the files as they are after this call. Callers that ask while one reload runs share the next one.
   * @throws MedicError `config` when a file is wrong, and what a listener throws; the former leaves the configuration
   *   as it was
   */
  reload(): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = this.#last.then(() => this.#run());
      this.#last = this.#waiting.catch(() => undefined);
    }
    return this.#waiting;
  }

  async #run(): Promise<void> {
    this.#waiting = undefined;
    try {
      const loaded = await this.#dependencies.load();
      const previous = this.#loaded;
      this.#loaded = loaded;
      for (const listener of this.#listeners) await listener(loaded.config, previous.config);
      this.#outcome = { successful: true, lastSuccessAt: this.#dependencies.now() };
    } catch (error) {
      this.#outcome = { ...this.#outcome, successful: false };
      throw error;
    }
  }
}
