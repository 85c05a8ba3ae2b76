/**
 * The composition root: constructs everything, starts and stops it, and applies reloads. A test starts the whole program
 * with it, in process, on port 0. Start is idempotent; stop is bounded by `STOP_MS`.
 */

import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { ConfigReloader } from '../config/reload.ts';
import { ConfigWatcher } from '../config/watch-config.ts';
import { loadWebConfig, NO_WEB_CONFIG } from '../config/web-config.ts';
import { WebConfigReloader } from '../config/web-config-reload.ts';
import { MedicError, messageOf } from '../core/errors.ts';
import type { Readiness } from '../http/knowledge.ts';
import { type ListenTarget, parseListenAddress } from '../http/listen.ts';
import { PasswordThread } from '../http/password-thread.ts';
import { HttpServer } from '../http/server.ts';
import { systemdSockets } from '../http/systemd-socket.ts';
import { Recorder } from '../ledger/recorder.ts';
import { rebuiltAt } from '../ledger/sqlite/salvage.ts';
import { openSqliteLedger } from '../ledger/sqlite/open.ts';
import { Exposition } from '../metrics/exposition.ts';
import { FactExporter } from '../metrics/fact-exporter.ts';
import { ARCHIVE_SOURCES } from '../core/states.ts';
import { Turns } from './turns.ts';
import type { StateRecoveries } from '../metrics/own-families.ts';
import { OwnMetrics } from '../metrics/own-metrics.ts';
import { buildInfo } from './build-info.ts';
import type { ClusterUnit } from './cluster-unit.ts';
import type { Fleet } from './fleet.ts';
import { knowledgeOf } from './knowledge.ts';
import { LedgerFailures } from './ledger-failures.ts';
import type { MedicOptions } from './options.ts';
import { FleetProber } from './prober.ts';
import type { Restarts } from './restarts.ts';
import { RunMemory } from './run-memory.ts';

/** How long `stop` lets requests in flight end. */
const STOP_MS = 5_000;
/** Entries of the audit of runs: some 150 MB. */
export const MAX_AUDIT_EVENTS = 1_000_000;

interface Running {
  readonly addresses: readonly string[];
  readonly reload: () => Promise<void>;
  /** Ends everything that was started, the last first. */
  readonly parts: AsyncDisposableStack;
}

export class Medic {
  readonly #options: MedicOptions;
  #running: Promise<Running> | undefined;

  constructor(options: MedicOptions) {
    this.#options = options;
  }

  /**
   * @returns the addresses that it listens on, as `host:port`
   * @throws MedicError `config`, `ledger_…` or `listen`; nothing is left running then
   */
  async start(): Promise<readonly string[]> {
    this.#running ??= this.#start();
    return (await this.#running).addresses;
  }

  /** @throws MedicError `config`; of the two configurations the one that is wrong stays as it was */
  async reload(): Promise<void> {
    await (await this.#running)?.reload();
  }

  async stop(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    await running?.parts.disposeAsync();
  }

  async #start(): Promise<Running> {
    await using parts = new AsyncDisposableStack();
    const { configFile, webConfigFile, storagePath, rebuildLedger, archiveFolders, env, clock, timers, log } =
      this.#options;
    parts.defer(() => archiveFolders.close());
    const loadWeb = async (): ReturnType<typeof loadWebConfig> =>
      webConfigFile === undefined ? NO_WEB_CONFIG : loadWebConfig(webConfigFile, env);
    const webReloader = new WebConfigReloader(await loadWeb(), { load: loadWeb, clock, timers, log });
    const load = (): ReturnType<typeof loadConfig> => loadConfig(configFile, env);
    const reloader = new ConfigReloader(await load(), { load, now: () => clock.now() });
    const { config } = reloader.current;
    const opening = openSqliteLedger(join(storagePath, config.ledger.file), {
      ...(rebuildLedger === true && { rebuildAt: clock.now() }),
      log,
    });
    // Meanwhile, because a large ledger is checked in a thread.
    const [ledger, { Fleet, limitsOf }, { Restarts }, { webOf }] = await Promise.all([
      opening,
      import('./fleet.ts'),
      import('./restarts.ts'),
      import('./web.ts'),
    ]);
    parts.defer(() => ledger.close());

    const contents = await ledger.load((key) => memory.read(key));
    const own = new OwnMetrics({
      build: buildInfo(),
      reload: () => ({
        successful: reloader.outcome.successful && webReloader.successful,
        lastSuccess: reloader.outcome.lastSuccessAt,
      }),
      ledgerWritable: () => recorder.writable && restarts.writable,
      ledgerRebuiltAt: rebuiltAt(contents),
      stateRecoveries: () => fleet.clusters().flatMap(recoveriesOf),
    });
    parts.defer(() => own.stop());
    const failures = new LedgerFailures({ metrics: own, clock, log });
    const failed = failures.failed.bind(failures);
    const recorder = new Recorder(ledger, { failed: () => own.countLedgerError('write'), clock, timers, log });
    const exporter = new FactExporter(limitsOf(config));
    const memory = new RunMemory(ledger, recorder, contents, failed, (changes) => restarts.notificationsOf(changes));
    let auditEvents = 0;
    const prune = async (olderThan: number): Promise<void> => {
      try {
        auditEvents = await ledger.pruneEvents({ olderThan, newest: MAX_AUDIT_EVENTS });
        await restarts.prune();
      } catch (error) {
        failed('prune', error);
      }
    };
    const turns = new Turns(() => clock.monotonic());
    const fleet = new Fleet(config, {
      memory,
      folders: archiveFolders,
      recorder,
      exporter,
      prune,
      isReferred: (run) => restarts.isReferred(run),
      changed: ({ name }, runs) => restarts.runsChanged(name, runs),
      turns,
      clock,
      timers,
      log,
    });
    const restarts = new Restarts({
      ledger: ledger.incidents,
      contents: await ledger.incidents.loadIncidents(),
      lease: await ledger.incidents.takeLease(),
      fleet,
      usage: () => ({
        exported_runs: exporter.fullness,
        live_runs: fleet.fullness.liveRuns,
        ended_runs: fleet.fullness.endedRuns,
        audit_events: auditEvents / MAX_AUDIT_EVENTS,
        unwritten_events: recorder.fullness,
      }),
      ledgerFailed: failed,
      clock,
      timers,
      log,
    });

    const stores = [exporter.clusters, exporter.runs, exporter.names, exporter.archives];
    const exposition = new Exposition([...stores, restarts.exporter], own, restarts.metrics);
    const prober = new FleetProber(fleet, stores, clock, timers);
    const knowledge = knowledgeOf({
      units: () => fleet.clusters(),
      retention: () => fleet.config.retention,
      memory,
      clock,
      turns,
    });
    const reload = (): Promise<void> => reloadBoth(reloader, webReloader);
    const passwords = new PasswordThread();
    parts.defer(() => passwords.stop());
    const server = new HttpServer({
      handler: webOf(this.#options, {
        fleet,
        restarts,
        readiness: () => readinessOf(fleet, restarts),
        knowledge,
        exposition,
        prober,
        reloader,
        webReloader,
        reload,
        comparePassword: (password, hash) => passwords.compare(password, hash),
      }),
      targets: this.#targets(),
      tls: webReloader.current.tls,
      logger: log,
    });
    parts.defer(() => server.stop(STOP_MS));
    parts.defer(() => fleet.stop());
    parts.defer(() => restarts.stop());
    // Before anybody can ask for a reload.
    reloader.onReload((next) => this.#reloaded(fleet, restarts, config, next));
    webReloader.onReload(({ tls }) => tls && server.replaceTls(tls));
    const addresses = await server.start();

    const onError = (error: unknown): void => log.error(messageOf(error));
    const watcher = new ConfigWatcher({ reloader, schedule: (task, ms) => timers.after(ms, task), onError });
    watcher.start();
    parts.defer(() => watcher.stop());
    webReloader.start();
    parts.defer(() => webReloader.stop());
    await fleet.start();
    restarts.start();
    // What the ledger told has never been rendered, and the first scrape should not have to wait for that.
    exposition
      .refresh()
      .catch((error: unknown) => log.error({ err: error }, 'what the ledger told could not be rendered'));
    return { addresses, reload, parts: parts.move() };
  }

  #targets(): ListenTarget[] {
    const { systemdSocket, listenAddresses, env } = this.#options;
    return systemdSocket ? systemdSockets(env, process.pid) : listenAddresses.map(parseListenAddress);
  }

  async #reloaded(fleet: Fleet, restarts: Restarts, started: Config, next: Config): Promise<void> {
    if (next.ledger.file !== started.ledger.file) {
      this.#options.log.warn('ledger.url counts from the next start; the ledger stays where it is');
    }
    await fleet.reload(next);
    restarts.reloaded();
    this.#options.log.info({ clusters: next.clusters.length }, 'the configuration was reloaded');
  }
}

/** Both, whatever becomes of the other. */
async function reloadBoth(...reloaders: readonly { reload(): Promise<void> }[]): Promise<void> {
  const outcomes = await Promise.allSettled(reloaders.map((reloader) => reloader.reload()));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (failures.length > 0) throw new MedicError('config', failures.map(messageOf).join('\n'), { cause: failures[0] });
}

/** The fleet's, and whether incidents can be written: nothing is restarted while they cannot. */
function readinessOf(fleet: Fleet, restarts: Restarts): Readiness {
  const { ready, waitingFor } = fleet.readiness();
  if (restarts.writable) return { ready, waitingFor };
  return { ready: false, waitingFor: [...waitingFor, 'the ledger to take incidents again'] };
}

/** Of a History Server only where there is one, or was. */
function recoveriesOf({ name, config, history }: ClusterUnit): StateRecoveries[] {
  return ARCHIVE_SOURCES.map((source) => ({ cluster: name, source, count: history.recoveries[source] })).filter(
    ({ source, count }) => source === 'archive' || config.historyServer !== undefined || count > 0,
  );
}
