/**
 * Keeps the web configuration in force and replaces it when one of its files changes: certificates are renewed and users
 * change without a restart, as with exporter-toolkit, which reads the file at each request. A file that is wrong, or that
 * would open what was closed, never replaces a good one. It looks at the files every `LOOK_MS` instead of watching them:
 * a certificate must not run out because a network mount or a link behind a link reports nothing. Bounded: one look and one
 * reload run at a time. Constructed by `src/app/`.
 */

import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Timers } from '../core/clock.ts';
import { MedicError, messageOf } from '../core/errors.ts';
import { type Repeat, repeat } from '../core/repeat.ts';
import type { LoadedWebConfig, WebConfig } from './web-config.ts';

const LOOK_MS = 1_000;

export interface WebConfigReloaderDependencies {
  /** Reads everything anew; rejects when anything is wrong. */
  readonly load: () => Promise<LoadedWebConfig>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface Log {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
}

export class WebConfigReloader {
  #loaded: LoadedWebConfig;
  /** How the files were at the last look; at first unknown, so that what changed during the start is found. */
  #seen = '';
  /** Whether the files have changed since they were loaded, or could not be loaded. */
  #stale = false;
  #problem: string | undefined;
  #last: Promise<void> = Promise.resolve();
  #looks: Repeat | undefined;
  readonly #listeners: ((config: WebConfig) => void)[] = [];
  readonly #dependencies: WebConfigReloaderDependencies;

  /** @param initial what the program starts with */
  constructor(initial: LoadedWebConfig, dependencies: WebConfigReloaderDependencies) {
    this.#loaded = initial;
    this.#dependencies = dependencies;
    for (const warning of initial.warnings) dependencies.log.warn(warning);
  }

  get current(): WebConfig {
    return this.#loaded.config;
  }

  /** Of the last attempt to load; the first load counts as one. */
  get successful(): boolean {
    return this.#problem === undefined;
  }

  /** Told of every change. */
  onReload(listener: (config: WebConfig) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    if (this.#looks !== undefined || this.#loaded.files.length === 0) return;
    const { clock, timers, log } = this.#dependencies;
    const failed = (error: unknown): void => log.error(messageOf(error));
    this.#looks = repeat({ intervalMs: () => LOOK_MS, task: () => this.#look(), failed, clock, timers });
  }

  /** Does not wait for a look under way: a file system that hangs must not hold up the end. */
  stop(): void {
    void this.#looks?.stop();
  }

  /**
   * Reads the files as they are after this call.
   * @throws MedicError `config` when they are wrong; the configuration in force stays then
   */
  reload(): Promise<void> {
    const run = this.#last.then(() => this.#load());
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** What has changed counts at the look after: certificate and key are two files, and either may be half written. */
  async #look(): Promise<void> {
    const seen = await fingerprint(this.#loaded.files);
    const settled = seen === this.#seen;
    this.#seen = seen;
    if (!settled) this.#stale = true;
    else if (this.#stale) await this.reload().catch(() => undefined);
  }

  async #load(): Promise<void> {
    const { load, log } = this.#dependencies;
    try {
      const next = await load();
      refuseToOpen(this.current, next.config);
      if (!isDeepStrictEqual(next.config, this.current)) this.#apply(next);
      this.#loaded = next;
      this.#stale = false;
      this.#problem = undefined;
    } catch (error) {
      this.#stale = true;
      const problem = messageOf(error);
      if (problem !== this.#problem) log.error(`the web configuration stays as it was: ${problem}`);
      this.#problem = problem;
      throw error;
    }
  }

  #apply({ config, warnings }: LoadedWebConfig): void {
    const { log } = this.#dependencies;
    for (const listener of this.#listeners) listener(config);
    for (const warning of warnings) log.warn(warning);
    log.info('the web configuration was reloaded');
  }
}

/** A file that was cut off while it was written can be a right one; a person who means it can start anew. */
function refuseToOpen(previous: WebConfig, next: WebConfig): void {
  const what = changeForRestart(previous, next);
  if (what !== undefined) throw new MedicError('config', `--web.config.file: ${what}; that takes a restart`);
}

function changeForRestart(previous: WebConfig, next: WebConfig): string | undefined {
  if (previous.users.size > 0 && next.users.size === 0) return 'it has no basic_auth_users any more';
  if (previous.tls !== undefined && next.tls === undefined) return 'it has no tls_server_config any more';
  if (hasNames(previous) && !hasNames(next)) return 'it has no client_allowed_sans any more';
  // What follows opens nothing, but a Node server cannot change it while it listens.
  if (previous.tls === undefined && next.tls !== undefined) return 'it has a tls_server_config now';
  const sameAuth = isDeepStrictEqual(previous.tls?.clientAuth, next.tls?.clientAuth);
  return sameAuth ? undefined : 'it has another client_auth_type';
}

function hasNames({ tls }: WebConfig): boolean {
  return tls !== undefined && tls.clientAllowedSans.length > 0;
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const states = files.map((file) =>
    stat(file, { bigint: true }).then(
      ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(' '),
      () => 'none',
    ),
  );
  return (await Promise.all(states)).join('\n');
}
