/**
 * The restart bridge at work: constructs its parts, starts and stops them, and gives the metrics and the routes their
 * views. Made by `Medic` beside the fleet; nothing of it acts before `start`.
 */

import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { accessOf } from '../config/http-access.ts';
import type { Clock, Timers } from '../core/clock.ts';
import type { Incident, IncidentEvent } from '../core/restart/incident.ts';
import { finalStatusMessage, incidentMessage } from '../core/restart/notification.ts';
import type { Changes } from '../core/remembered-runs.ts';
import { keyOf, type Run } from '../core/run.ts';
import { Connections } from '../flink/connections.ts';
import type { AlertIntake, RestartDesk } from '../http/restart-desk.ts';
import type { IncidentContents, IncidentLedger, Notification } from '../ledger/incident-ledger.ts';
import { RepairExporter } from '../metrics/repair-exporter.ts';
import type { BoundUsage } from '../metrics/bounds.ts';
import { RestartMetrics } from '../metrics/restart-metrics.ts';
import { AttemptDriver } from '../restart/attempt-driver.ts';
import { Breakers } from '../restart/breakers.ts';
import { DecisionMaker } from '../restart/decision-maker.ts';
import { Desk } from '../restart/desk.ts';
import { EvidenceGatherer } from '../restart/evidence-gatherer.ts';
import { submit } from '../restart/flink-rest/submit.ts';
import { IncidentStore, MAX_DELIVERIES } from '../restart/incident-store.ts';
import { Intake, MAX_WAITING } from '../restart/intake.ts';
import { notificationsOf } from '../restart/notifications.ts';
import { Notifier } from '../restart/notifier.ts';
import { RepairBoard } from '../restart/repair-board.ts';
import { arm, breakerOf, isOfBreaker, pausedSince, rearmed } from '../restart/restart-settings.ts';
import type { Receiver } from '../restart/send-notification.ts';
import { intentsSince, isUnderWay, type Surroundings } from '../restart/situations.ts';
import { LocalSnapshotStorage } from '../restart/snapshot-storage.ts';
import { Stability } from '../restart/stability.ts';
import { Watchdog } from '../restart/watchdog.ts';
import { RestartWorker } from '../restart/worker.ts';
import type { ClusterUnit } from './cluster-unit.ts';
import type { Fleet } from './fleet.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DELIVERIES_MS = 7 * DAY_MS;
const CONNECT_TIMEOUT_MS = 10_000;

type RestartBound =
  | 'concurrent_restarts'
  | 'attempts_per_hour'
  | 'waiting_alerts'
  | 'waiting_notifications'
  | 'incidents'
  | 'alert_deliveries';

export interface RestartsOptions {
  readonly ledger: IncidentLedger;
  readonly contents: IncidentContents;
  readonly lease: number;
  readonly fleet: Fleet;
  /** Of what is bounded elsewhere. */
  readonly usage: () => Omit<BoundUsage, RestartBound>;
  readonly ledgerFailed: (operation: 'write' | 'prune', error: unknown) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class Restarts {
  readonly desk: RestartDesk;
  readonly intake: AlertIntake;
  readonly metrics: RestartMetrics;
  /** The series of job names. */
  readonly exporter: RepairExporter;
  readonly #options: RestartsOptions;
  readonly #store: IncidentStore;
  readonly #worker: RestartWorker;
  readonly #watchdog: Watchdog;
  readonly #notifier: Notifier;
  readonly #askedByPeople: Desk;
  /** When it was last counted. */
  #deliveries = 0;

  constructor(options: RestartsOptions) {
    const { ledger, fleet, clock, timers, log } = options;
    this.#options = options;
    const surroundings: Surroundings = {
      clusters: () => fleet.clusters(),
      cluster: (name) => fleet.cluster(name),
      isConfigured: (cluster) => fleet.config.clusters.some(({ name }) => name === cluster),
      rules: () => fleet.config.restart,
      clock,
    };
    const store = new IncidentStore(options.contents, {
      ledger,
      lease: options.lease,
      notify: (incident, before) => {
        const message = incidentMessage(incident, before, clock.now());
        return message === undefined ? [] : notificationsOf(message, fleet.config.notify);
      },
      changed: ({ events, incidents }) => {
        this.#notifier.hint();
        for (const event of events) this.#log(event, incidents.get(event.incident));
      },
      failed: (error) => options.ledgerFailed('write', error),
    });
    this.#store = store;
    this.metrics = new RestartMetrics(
      {
        mode: () => fleet.config.restart.mode,
        paused: () => Array.from(pausedSince(store), ([cluster, since]) => ({ cluster, since })),
        breakers: () =>
          fleet.clusters().map(({ name }) => ({ cluster: name, open: breakerOf(store, name).openedAt !== undefined })),
        bounds: () => this.#bounds(),
      },
      clock,
    );
    const { metrics } = this;
    const wake = (incident?: number): void => {
      if (incident === undefined) this.#worker.wakeAll();
      else this.#worker.wake(incident);
    };
    const evidence = new EvidenceGatherer({ surroundings, storage: new LocalSnapshotStorage(timers), timers });
    const intake = new Intake({
      store,
      cluster: surroundings.cluster,
      isConfigured: surroundings.isConfigured,
      rules: surroundings.rules,
      clock,
      metrics,
      opened: wake,
    });
    this.intake = intake;
    this.#watchdog = new Watchdog({ store, surroundings, opened: wake });
    this.#worker = new RestartWorker({
      store,
      surroundings,
      decisions: new DecisionMaker({ store, surroundings, evidence, metrics }),
      attempts: new AttemptDriver({
        store,
        surroundings,
        evidence,
        submit: (request, { api }, beforeSend, signal) => submit(request, api, { beforeSend }, signal),
        metrics,
      }),
      breakers: new Breakers({ store, surroundings, log }),
      stability: new Stability(store, surroundings),
      prepare: async () => {
        await this.#arm();
        await intake.matchWaiting();
        await this.#watchdog.lookAgain();
      },
      timers,
      log,
    });
    this.#askedByPeople = new Desk({ store, ledger, surroundings, evidence, wake, log });
    this.desk = this.#askedByPeople;
    this.#notifier = new Notifier({
      ledger,
      receivers: () => fleet.config.notify.map(receiverOf),
      connect: ({ url, access }) =>
        new Connections({ origin: new URL(url).origin, access, connectTimeoutMs: CONNECT_TIMEOUT_MS }),
      metrics,
      failed: (error) => options.ledgerFailed('prune', error),
      clock,
      timers,
      log,
    });
    const board = new RepairBoard({
      store,
      surroundings,
      names: (cluster) => Array.from(fleet.cluster(cluster)?.history.names() ?? [], ({ name }) => name),
    });
    this.exporter = new RepairExporter(() => board.jobs());
  }

  /** Whether the ledger took the last change of an incident. */
  get writable(): boolean {
    return this.#store.writable;
  }

  start(): void {
    const { fleet } = this.#options;
    // What ended while flink-medic was away.
    for (const { name, history } of fleet.clusters()) this.runsChanged(name, [...history.runs()]);
    this.#worker.start();
    this.#notifier.start();
  }

  /** The configuration was replaced. */
  reloaded(): void {
    this.#notifier.hint();
    this.#worker.wakeAll();
  }

  async stop(): Promise<void> {
    this.#askedByPeople.stop();
    await Promise.all([this.#worker.stop(), this.#notifier.stop()]);
  }

  /** Runs of a cluster changed. */
  runsChanged(cluster: string, runs: readonly Run[]): void {
    this.#worker.runsChanged(cluster, runs);
    this.#notifier.hint();
    // What the ledger refuses now is looked at again before the worker's next turn.
    this.#watchdog.look(cluster, runs).catch(() => undefined);
  }

  /** An incident that is not closed needs its runs. */
  isReferred({ cluster, jobId, generation }: Run): boolean {
    const incident =
      this.#store.incidentOfRun({ cluster, jobId, generation }) ?? this.#store.incidentOfAttempt(cluster, jobId);
    return incident !== undefined && incident.closedAt === undefined;
  }

  /** Messages about ends, for the transaction that stores them. Nobody is told of what is found in old archives. */
  notificationsOf({ runs, events }: Pick<Changes, 'runs' | 'events'>): Notification[] {
    const { fleet, clock } = this.#options;
    const { notify } = fleet.config;
    if (notify.length === 0) return [];
    const runOf = new Map(runs.map((run) => [keyOf(run), run]));
    const ended = events.filter(({ kind }) => kind === 'ended' || kind === 'vanished');
    return ended.flatMap((event) => {
      const run = runOf.get(keyOf(event));
      const isOld = clock.now() - (run?.final?.endTime ?? 0) > DAY_MS;
      const message = run === undefined || isOld ? undefined : finalStatusMessage(run, clock.now());
      return message === undefined ? [] : notificationsOf(message, notify);
    });
  }

  /** The story of every incident is in the log, too. */
  #log({ incident: id, kind, reason, detail }: IncidentEvent, incident: Incident | undefined): void {
    const job = incident && { flink_cluster: incident.run.cluster, job_name: incident.run.name };
    this.#options.log.info({ incident: id, event: kind, ...job, ...(reason && { reason }) }, `incident: ${detail}`);
  }

  async #arm(): Promise<void> {
    const rules = this.#options.fleet.config.restart;
    const at = this.#options.clock.now();
    if (rearmed(this.#store, rules, at) === undefined) return;
    await this.#store.change((draft) => arm(draft, rules, at));
  }

  /** Closed incidents leave with the runs that they are about. @throws MedicError `ledger_write` */
  async prune(): Promise<void> {
    const { fleet, clock } = this.#options;
    const now = clock.now();
    const { actWithinMs, policies } = fleet.config.restart;
    // Until then an alert about the same end would open another one.
    const settled = now - Math.max(actWithinMs, DAY_MS);
    const since = Math.min(settled, now - fleet.config.retention.endedRunsMs);
    const counted = now - Math.max(HOUR_MS, ...policies.map(({ budget }) => budget.perMs));
    this.#deliveries = await this.#store.forget({
      incidents: ({ closedAt = now }) => closedAt < since,
      early: ({ closedAt = now }) => closedAt < settled,
      repairs: ({ cluster, name, intents }) =>
        intents.every((at) => at < counted) && !(fleet.cluster(cluster)?.history.hasName(name) ?? fleet.knows(cluster)),
      setting: (key) => isOfBreaker(key, (cluster) => !fleet.knows(cluster)),
      deliveriesBefore: now - DELIVERIES_MS,
    });
  }

  #bounds(): BoundUsage {
    const { fleet, clock } = this.#options;
    const { maxConcurrent, maxAttemptsPerHour } = fleet.config.restart;
    const cluster = (name: string): ClusterUnit | undefined => fleet.cluster(name);
    const underWay = this.#store.open().filter((incident) => isUnderWay(incident, { cluster }));
    return {
      concurrent_restarts: underWay.length / maxConcurrent,
      attempts_per_hour: intentsSince(this.#store, clock.now() - HOUR_MS) / maxAttemptsPerHour,
      waiting_alerts: this.#store.waiting().length / MAX_WAITING,
      waiting_notifications: this.#notifier.fullness,
      incidents: this.#store.fullness,
      alert_deliveries: this.#deliveries / MAX_DELIVERIES,
      ...this.#options.usage(),
    };
  }
}

function receiverOf({ url, headers, http }: Config['notify'][number]): Receiver {
  return { url, headers, access: accessOf(http) };
}
