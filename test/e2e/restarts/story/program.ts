/**
 * One start of flink-medic in a story: the parts of `src/app/medic.ts` without web server and file watching, over a real
 * ledger. It can be killed between any two of its steps, after which nothing of it acts: no timer fires, no request
 * leaves, nothing is written.
 */

import { join } from 'node:path';
import { buildInfo } from '../../../../src/app/build-info.ts';
import { Fleet, limitsOf } from '../../../../src/app/fleet.ts';
import { Restarts } from '../../../../src/app/restarts.ts';
import { RunMemory } from '../../../../src/app/run-memory.ts';
import { makeLogger } from '../../../../src/cli/logger.ts';
import { loadConfig } from '../../../../src/config/load-config.ts';
import type { Clock, Timers } from '../../../../src/core/clock.ts';
import { MedicError } from '../../../../src/core/errors.ts';
import { Turns } from '../../../../src/app/turns.ts';
import type { IncidentChanges, IncidentLedger } from '../../../../src/ledger/incident-ledger.ts';
import { Recorder } from '../../../../src/ledger/recorder.ts';
import { openSqliteLedger } from '../../../../src/ledger/sqlite/open.ts';
import type { SqliteLedger } from '../../../../src/ledger/sqlite/sqlite-ledger.ts';
import { Exposition } from '../../../../src/metrics/exposition.ts';
import { FactExporter } from '../../../../src/metrics/fact-exporter.ts';
import { OwnMetrics } from '../../../../src/metrics/own-metrics.ts';
import { parseExposition } from '../../../metrics/parse-exposition.ts';
import type { ManualTime } from '../../support/manual-time.ts';
import type { SimCluster } from './sim-cluster.ts';
import { serve, type WireRequest } from './wire.ts';
import { InProcessFolders } from '../../../archive/in-process-folders.ts';

export interface ProgramOptions {
  readonly name: string;
  readonly time: ManualTime;
  readonly folder: string;
  readonly configFile: string;
  /** By the host that the configuration names. */
  readonly hosts: ReadonlyMap<string, SimCluster>;
  readonly asked: (program: Program, cluster: SimCluster, request: WireRequest) => void;
  readonly committing: (program: Program, changes: Partial<IncidentChanges>) => void;
}

/** For what a dead process waits. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

export class Program {
  readonly options: ProgramOptions;
  readonly log: Record<string, unknown>[] = [];
  dead = false;
  /** Steps until it is killed; a step is a request or a transaction, each with a before and an after. */
  fuse: number | undefined;
  /** The ledger refuses what concerns incidents. */
  full = false;
  wasFull = false;
  readonly #hosts: (() => void)[] = [];
  #ledger: SqliteLedger | undefined;
  #fleet: Fleet | undefined;
  #restarts: Restarts | undefined;
  #exposition: Exposition | undefined;
  #own: OwnMetrics | undefined;

  constructor(options: ProgramOptions) {
    this.options = options;
    for (const [host, cluster] of options.hosts) {
      this.#hosts.push(serve(host, (request) => this.#exchange(cluster, request)));
    }
  }

  get fleet(): Fleet {
    if (this.#fleet === undefined) throw new Error('not started');
    return this.#fleet;
  }

  get restarts(): Restarts {
    if (this.#restarts === undefined) throw new Error('not started');
    return this.#restarts;
  }

  async start(): Promise<void> {
    const { folder, configFile, time } = this.options;
    const clock: Clock = time.clock;
    const timers: Timers = {
      after: (ms, callback) => time.timers.after(ms, () => this.dead || callback()),
    };
    const log = makeLogger({
      level: 'info',
      format: 'json',
      write: (line) => void this.log.push(JSON.parse(line) as Record<string, unknown>),
    });
    const { config } = await loadConfig(configFile, {});
    const ledger = await openSqliteLedger(join(folder, 'ledger.db'));
    this.#ledger = ledger;
    const incidents = this.#guarded(ledger.incidents);
    const own = new OwnMetrics({
      build: buildInfo(),
      reload: () => ({ successful: true, lastSuccess: 0 }),
      ledgerWritable: () => recorder.writable && restarts.writable,
      stateRecoveries: () => [],
    });
    this.#own = own;
    const failed = (operation: 'read' | 'write' | 'prune', error: unknown): void => {
      own.countLedgerError(operation);
      log.warn({ operation }, String(error));
    };
    const recorder = new Recorder(ledger, { failed: () => own.countLedgerError('write'), clock, timers, log });
    const exporter = new FactExporter(limitsOf(config));
    const memory = new RunMemory(ledger, recorder, await ledger.load(), failed, (changes) =>
      restarts.notificationsOf(changes),
    );
    const fleet = new Fleet(config, {
      folders: new InProcessFolders(),
      memory,
      recorder,
      exporter,
      prune: async () => {
        if (this.dead) return never();
        await restarts.prune().catch((error: unknown) => failed('prune', error));
      },
      isReferred: (run) => restarts.isReferred(run),
      changed: ({ name }, runs) => this.dead || restarts.runsChanged(name, runs),
      turns: new Turns(() => clock.monotonic()),
      clock,
      timers,
      log,
    });
    const restarts = new Restarts({
      ledger: incidents,
      contents: await incidents.loadIncidents(),
      lease: await incidents.takeLease(),
      fleet,
      usage: () => ({ exported_runs: 0, live_runs: 0, ended_runs: 0, audit_events: 0, unwritten_events: 0 }),
      ledgerFailed: failed,
      clock,
      timers,
      log,
    });
    const stores = [exporter.clusters, exporter.runs, exporter.names, exporter.archives];
    this.#exposition = new Exposition([...stores, restarts.exporter], own, restarts.metrics);
    this.#fleet = fleet;
    this.#restarts = restarts;
    await fleet.start();
    restarts.start();
  }

  async reload(): Promise<void> {
    const { config } = await loadConfig(this.options.configFile, {});
    await this.fleet.reload(config);
    this.restarts.reloaded();
  }

  /** @throws when it is not well formed */
  async checkPage(): Promise<void> {
    const pieces = (await this.#exposition?.page({ format: 'text' })) ?? [];
    parseExposition(Buffer.concat([...pieces]).toString(), 'text');
  }

  async stop(): Promise<void> {
    await this.restarts.stop();
    await this.fleet.stop();
    this.kill();
  }

  /** As SIGKILL does. The file can be opened again when this returns. */
  kill(): void {
    this.dead = true;
    this.#own?.stop();
  }

  async closeFile(): Promise<void> {
    await this.#ledger?.close();
    for (const remove of this.#hosts) remove();
  }

  async #exchange(cluster: SimCluster, request: WireRequest): Promise<Awaited<ReturnType<SimCluster['exchange']>>> {
    // A request takes a turn of the event loop, as all do.
    await new Promise(setImmediate);
    await this.#step();
    this.options.asked(this, cluster, request);
    try {
      return await cluster.exchange(request);
    } finally {
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    if (this.fuse !== undefined && !this.dead) {
      this.fuse -= 1;
      if (this.fuse < 0) this.kill();
    }
    if (this.dead) await never();
  }

  #guarded(ledger: IncidentLedger): IncidentLedger {
    return new Proxy(ledger, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const isCommit = key === 'commitIncidents';
          if (isCommit) await this.#step();
          else if (this.dead) return never();
          if (this.full && isCommit) throw new MedicError('ledger_write', 'the disk is full');
          if (isCommit) this.options.committing(this, args[1] as Partial<IncidentChanges>);
          const result: unknown = await Reflect.apply(method, target, args);
          if (isCommit) await this.#step();
          return this.dead ? never() : result;
        };
      },
    });
  }
}
