/**
 * Takes alerts in: finds the run that each is about, opens or joins its incident, and keeps what names a run that has not
 * ended yet. Everything of one delivery is durable when `receive` resolves; nothing is acted on here. The webhook's route
 * calls `receive`, the worker `matchWaiting`.
 */

import { boundLabel } from '../core/label-value.ts';
import type { Clock } from '../core/clock.ts';
import type { AlertOutcome, Delivery, ReceivedAlert } from '../core/restart/alerts.ts';
import type { Trigger } from '../core/restart/incident.ts';
import { type AlertMatch, matchAlert } from '../core/restart/match-alert.ts';
import { policyFor } from '../core/restart/policy-for.ts';
import type { RestartRules } from '../core/restart/policy.ts';
import { withdrew } from '../core/restart/transitions.ts';
import type { Run } from '../core/run.ts';
import type { IncidentDraft, IncidentView } from './incident-draft.ts';
import type { IncidentStore } from './incident-store.ts';
import { describeOpened, incidentOf, openIncident, roomForIncidents } from './open-incident.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** How long an alert waits for the end of the run that it names. */
const END_WAIT_MS = 15 * 60_000;
/** More than any fleet has failing at once; beyond it new ones are ignored, and Alertmanager repeats them. */
export const MAX_WAITING = 10_000;

export interface IntakeOptions {
  readonly store: Pick<IncidentStore, 'change' | keyof IncidentView>;
  readonly cluster: (name: string) => WatchedCluster | undefined;
  /** True also while the cluster is being set up. */
  readonly isConfigured: (cluster: string) => boolean;
  readonly rules: () => RestartRules;
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: { ignored(reason: NonNullable<AlertOutcome['reason']>): void };
  /** There is something to decide. */
  readonly opened: (incident: number) => void;
}

/** What the alerts of a message may meet, by fingerprint; read once, because a message may have thousands of them. */
interface Asking {
  readonly waiting: ReadonlyMap<string, readonly Delivery[]>;
  /** Ids of open incidents. */
  readonly incidents: ReadonlyMap<string, readonly number[]>;
  /** How many more alerts may wait. */
  room: number;
}

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * @returns what became of each alert, in their order, when that is durable
   * @throws MedicError `ledger_write`
   */
  async receive(alerts: readonly ReceivedAlert[]): Promise<readonly AlertOutcome[]> {
    const at = this.#options.clock.now();
    const outcomes = await this.#options.store.change((draft) => {
      const asking = askingIn(draft);
      return alerts.map(bounded).map((alert) => {
        const fires = alert.status === 'firing';
        const outcome = fires ? this.#fire(draft, asking, alert, at) : resolve(draft, asking, alert, at);
        draft.putDelivery(deliveryOf(alert, outcome, at));
        return outcome;
      });
    });
    this.#tell(outcomes);
    return outcomes;
  }

  /** Looks again for the runs of alerts that wait, and lets go of those that waited long enough. */
  async matchWaiting(): Promise<void> {
    const at = this.#options.clock.now();
    if (!this.#options.store.waiting().some((delivery) => this.#again(delivery, at) !== undefined)) return;
    const outcomes = await this.#options.store.change((draft) =>
      draft.waiting().flatMap((delivery) => {
        const match = this.#again(delivery, at);
        if (match === undefined) return [];
        const alert = alertOf(delivery);
        const outcome = match.kind === 'ended' ? this.#open(draft, alert, match.run, at) : ignored(alert, match);
        draft.putDelivery({ ...delivery, count: 0, lastAt: at, ...became(outcome) });
        return [outcome];
      }),
    );
    this.#tell(outcomes);
  }

  #tell(outcomes: readonly AlertOutcome[]): void {
    for (const { became: what, incident, reason } of outcomes) {
      if (reason !== undefined) this.#options.metrics.ignored(reason);
      if (what === 'opened' && incident !== undefined) this.#options.opened(incident);
    }
  }

  #fire(draft: IncidentDraft, asking: Asking, alert: ReceivedAlert, at: number): AlertOutcome {
    const match = this.#match(alert);
    if (match.kind === 'ended') return this.#open(draft, alert, match.run, at);
    if (match.kind === 'ignored') return ignored(alert, match);
    const waits = asking.waiting.get(alert.fingerprint)?.some(({ startsAt }) => startsAt === alert.startsAt) === true;
    if (!waits && asking.room <= 0) {
      return ignored(alert, { kind: 'ignored', reason: 'run_not_ended', detail: 'too many alerts wait already' });
    }
    if (!waits) asking.room -= 1;
    return { fingerprint: alert.fingerprint, became: 'stored', detail: match.detail };
  }

  #open(draft: IncidentDraft, alert: ReceivedAlert, run: Run, at: number): AlertOutcome {
    const { fingerprint, labels } = alert;
    const alertname = boundLabel(labels.alertname ?? '');
    const policy = policyFor(this.#options.rules().policies, run.cluster, run.name);
    if (policy !== undefined && !policy.triggers.alerts.includes(alertname)) {
      const detail = `alert ${JSON.stringify(alertname)} is not in triggers.alerts of policy ${policy.name}`;
      return ignored(alert, { kind: 'ignored', reason: 'not_opted_in', detail });
    }
    if (roomForIncidents(draft, run.cluster) === 0 && incidentOf(draft, run) === undefined) {
      const detail = `there are ${String(draft.count(run.cluster))} incidents of the cluster and ${String(draft.count())} in all`;
      return ignored(alert, { kind: 'ignored', reason: 'too_many_incidents', detail });
    }
    const opened = openIncident(draft, run, triggerOf(alert, at));
    return {
      fingerprint,
      became: opened.isNew ? 'opened' : 'joined',
      incident: opened.incident.id,
      detail: describeOpened(opened),
    };
  }

  #match(alert: ReceivedAlert): AlertMatch {
    const name = boundLabel(alert.labels.flink_cluster ?? '');
    // At the start and during a reload nobody knows its runs; Alertmanager would not ask again for hours.
    if (this.#options.isConfigured(name) && this.#options.cluster(name) === undefined) {
      return { kind: 'pending', detail: `cluster ${name} is being set up` };
    }
    return matchAlert(alert, {
      history: (cluster) => this.#options.cluster(cluster)?.history,
      clockOffsetMs: (cluster) => this.#options.cluster(cluster)?.status.clockOffsetMs ?? 0,
    });
  }

  /** @returns what became of a waiting alert; undefined while it still waits */
  #again(delivery: Delivery, at: number): Exclude<AlertMatch, { kind: 'pending' }> | undefined {
    const match = this.#match(alertOf(delivery));
    if (match.kind !== 'pending') return match;
    // While the run cannot be seen nobody can say that it goes on.
    const isSeen = match.run !== undefined && match.run.state !== 'UNKNOWN';
    const limit = isSeen ? END_WAIT_MS : Math.max(END_WAIT_MS, this.#options.rules().actWithinMs);
    if (at - delivery.firstAt <= limit) return undefined;
    return { kind: 'ignored', reason: 'run_not_ended', detail: `${match.detail}; it waited long enough` };
  }
}

function askingIn(draft: IncidentDraft): Asking {
  const waiting = draft.waiting();
  const triggers = draft.open().flatMap(({ id, triggers: all }) => {
    const fingerprints = new Set(all.flatMap(({ fingerprint }) => fingerprint ?? []));
    return Array.from(fingerprints, (fingerprint) => ({ id, fingerprint }));
  });
  const byFingerprint = Map.groupBy(triggers, ({ fingerprint }) => fingerprint);
  return {
    waiting: Map.groupBy(waiting, ({ fingerprint }) => fingerprint),
    incidents: new Map(Array.from(byFingerprint, ([fingerprint, all]) => [fingerprint, all.map(({ id }) => id)])),
    room: MAX_WAITING - waiting.length,
  };
}

/** Withdraws what the alert asked for. Our own restart "resolves" alerts too, so the incidents go on. */
function resolve(
  draft: IncidentDraft,
  { waiting, incidents }: Asking,
  { fingerprint, startsAt }: ReceivedAlert,
  at: number,
): AlertOutcome {
  const asked = (incidents.get(fingerprint) ?? []).flatMap((id) => draft.incident(id) ?? []);
  for (const incident of asked) draft.apply(withdrew(incident, fingerprint, startsAt, at));
  for (const delivery of waiting.get(fingerprint) ?? []) {
    if (delivery.startsAt > startsAt) continue;
    draft.putDelivery({ ...delivery, status: 'resolved', count: 0, lastAt: at, outcome: 'withdrawn' });
  }
  const [incident] = asked;
  return {
    fingerprint,
    became: 'withdrawn',
    ...(incident !== undefined && { incident: incident.id }),
    detail: incident === undefined ? 'resolved; nothing to withdraw' : 'resolved; the incident goes on',
  };
}

/** What becomes a key is well-formed and short, whatever came. */
function bounded(alert: ReceivedAlert): ReceivedAlert {
  return { ...alert, fingerprint: boundLabel(alert.fingerprint) };
}

function ignored({ fingerprint }: ReceivedAlert, match: Extract<AlertMatch, { kind: 'ignored' }>): AlertOutcome {
  return { fingerprint, became: 'ignored', reason: match.reason, detail: match.detail };
}

function triggerOf({ labels, fingerprint, startsAt }: ReceivedAlert, at: number): Trigger {
  const name = boundLabel(labels.alertname ?? '');
  return { kind: 'alert', at, lastAt: at, count: 1, name, fingerprint, startsAt, withdrawn: false };
}

function deliveryOf(alert: ReceivedAlert, outcome: AlertOutcome, at: number): Delivery {
  const { fingerprint, startsAt, status, labels } = alert;
  return {
    fingerprint,
    startsAt,
    status,
    alertname: boundLabel(labels.alertname ?? ''),
    cluster: boundLabel(labels.flink_cluster ?? ''),
    jobName: boundLabel(labels.job_name ?? ''),
    jobId: boundLabel(labels.job_id ?? ''),
    firstAt: at,
    lastAt: at,
    count: 1,
    ...became(outcome),
  };
}

function became({
  became: outcome,
  reason,
  incident,
}: AlertOutcome): Pick<Delivery, 'outcome' | 'reason' | 'incident'> {
  return { outcome, ...(reason && { reason }), ...(incident !== undefined && { incident }) };
}

/** A delivery as the alert that it was. Only what matching needs is kept of its labels. */
function alertOf({ fingerprint, startsAt, alertname, cluster, jobName, jobId }: Delivery): ReceivedAlert {
  const labels = {
    alertname,
    flink_cluster: cluster,
    job_name: jobName,
    ...(jobId !== '' && { job_id: jobId }),
  };
  return { status: 'firing', fingerprint, startsAt, labels };
}
