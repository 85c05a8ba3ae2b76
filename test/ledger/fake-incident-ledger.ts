/**
 * The incidents of a ledger in memory, for tests of what uses them. Held to the contract in
 * `incident-ledger-contract.test.ts`; `failWith` makes every following write fail with it, as a full disk does.
 */

import { MedicError } from '../../src/core/errors.ts';
import type { Delivery } from '../../src/core/restart/alerts.ts';
import type { Attempt, Incident, IncidentEvent, JobRepairs } from '../../src/core/restart/incident.ts';
import type {
  IncidentChanges,
  IncidentContents,
  IncidentLeavings,
  IncidentLedger,
  Notification,
  NotificationKey,
} from '../../src/ledger/incident-ledger.ts';

interface State {
  readonly lease: number;
  readonly incidents: ReadonlyMap<number, Omit<Incident, 'attempts'>>;
  /** By incident and number. */
  readonly attempts: ReadonlyMap<string, { readonly incident: number; readonly attempt: Attempt }>;
  readonly repairs: ReadonlyMap<string, JobRepairs>;
  readonly events: readonly IncidentEvent[];
  readonly deliveries: ReadonlyMap<string, Delivery>;
  readonly notifications: ReadonlyMap<string, Notification>;
  readonly settings: ReadonlyMap<string, string>;
}

export class FakeIncidentLedger implements IncidentLedger {
  failWith: Error | undefined;
  /** Every commit that was tried, newest last. */
  readonly tried: Partial<IncidentChanges>[] = [];
  /** Its values never change; a write puts another one in its place. */
  #state: State = {
    lease: 0,
    incidents: new Map(),
    attempts: new Map(),
    repairs: new Map(),
    events: [],
    deliveries: new Map(),
    notifications: new Map(),
    settings: new Map(),
  };

  async takeLease(): Promise<number> {
    this.#write((state) => ({ lease: state.lease + 1 }));
    return this.#state.lease;
  }

  async checkLease(lease: number): Promise<void> {
    if (lease !== this.#state.lease) throw new MedicError('lease_lost', 'another process took over the ledger');
  }

  async loadIncidents(): Promise<IncidentContents> {
    const { incidents, attempts, repairs, deliveries, settings } = this.#state;
    const byIncident = Map.groupBy(attempts.values(), ({ incident }) => incident);
    const attemptsOf = (id: number): Attempt[] =>
      (byIncident.get(id) ?? []).map(({ attempt }) => attempt).toSorted((a, b) => a.number - b.number);
    return structuredClone({
      incidents: [...incidents.values()]
        .toSorted((a, b) => a.id - b.id)
        .map((incident) => ({ ...incident, attempts: attemptsOf(incident.id) })),
      repairs: [...repairs.values()],
      waiting: [...deliveries.values()].filter(({ outcome }) => outcome === 'stored').toSorted(byFirst),
      settings,
    });
  }

  async commitIncidents(lease: number, changes: Partial<IncidentChanges>): Promise<void> {
    this.tried.push(changes);
    await this.checkLease(lease);
    this.#write((state) => committed(state, structuredClone(changes)));
  }

  /** Those that a `FakeLedger` stores together with final statuses. */
  insertNotifications(notifications: readonly Notification[]): void {
    this.#state = { ...this.#state, notifications: queued(this.#state, structuredClone(notifications)) };
  }

  async incidentEvents(incident: number): Promise<IncidentEvent[]> {
    return structuredClone(this.#state.events.filter((event) => event.incident === incident));
  }

  async deliveriesOf(incident: number): Promise<Delivery[]> {
    const all = [...this.#state.deliveries.values()];
    return structuredClone(all.filter((delivery) => delivery.incident === incident).toSorted(byFirst));
  }

  async dueNotifications(url: string, now: number, limit: number): Promise<Notification[]> {
    const all = [...this.#state.notifications.values()];
    const due = all.filter((notification) => notification.url === url && notification.nextTryAt <= now);
    return structuredClone(due.slice(0, limit));
  }

  async waitingNotifications(): Promise<number> {
    return this.#state.notifications.size;
  }

  async trimNotifications(keep: Parameters<IncidentLedger['trimNotifications']>[0]): Promise<number> {
    const before = this.#state.notifications.size;
    this.#write(({ notifications }) => {
      const wanted = [...notifications].filter(
        ([, { createdAt, url }]) => createdAt >= keep.createdSince && keep.urls.includes(url),
      );
      return { notifications: new Map(wanted.slice(Math.max(0, wanted.length - keep.newest))) };
    });
    return before - this.#state.notifications.size;
  }

  async removeNotifications(keys: readonly NotificationKey[]): Promise<void> {
    const gone = new Set(keys.map(notificationKey));
    this.#write(({ notifications }) => ({
      notifications: new Map([...notifications].filter(([key]) => !gone.has(key))),
    }));
  }

  async postponeNotification(key: NotificationKey, tries: number, nextTryAt: number): Promise<void> {
    this.#write(({ notifications }) => {
      const notification = notifications.get(notificationKey(key));
      if (notification === undefined) return {};
      const postponed = { ...notification, tries, nextTryAt };
      return { notifications: new Map(notifications).set(notificationKey(key), postponed) };
    });
  }

  async pruneIncidents(leaving: Partial<IncidentLeavings>): Promise<number> {
    const gone = new Set<number | undefined>(leaving.incidents);
    const forgotten = new Set((leaving.repairs ?? []).map(({ cluster, name }) => JSON.stringify([cluster, name])));
    const settingsGone = new Set((leaving.settings ?? []).filter((key) => key.startsWith('restart/')));
    this.#write(({ incidents, attempts, repairs, events, deliveries, settings }) => ({
      incidents: new Map([...incidents].filter(([id]) => !gone.has(id))),
      attempts: new Map([...attempts].filter(([, { incident }]) => !gone.has(incident))),
      repairs: new Map([...repairs].filter(([key]) => !forgotten.has(key))),
      events: events.filter(({ incident }) => !gone.has(incident)),
      deliveries: trimmed(new Map([...deliveries].filter(([, { incident }]) => !gone.has(incident))), leaving),
      settings: new Map([...settings].filter(([key]) => !settingsGone.has(key))),
    }));
    return this.#state.deliveries.size;
  }

  /** All of it, or nothing. */
  #write(change: (state: State) => Partial<State>): void {
    try {
      if (this.failWith !== undefined) throw this.failWith;
      this.#state = { ...this.#state, ...change(this.#state) };
    } catch (error) {
      throw new MedicError('ledger_write', error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

function committed(state: State, changes: Partial<IncidentChanges>): Partial<State> {
  const incidents = new Map(state.incidents);
  const attempts = new Map(state.attempts);
  for (const { attempts: ofOne, ...incident } of changes.incidents ?? []) {
    const stored = incidents.get(incident.id);
    if (stored !== undefined && runKey(stored) !== runKey(incident)) throw new Error('an incident keeps its run');
    incidents.set(incident.id, incident);
    for (const attempt of ofOne) {
      const key = JSON.stringify([incident.id, attempt.number]);
      const before = attempts.get(key)?.attempt.request.jobId ?? attempt.request.jobId;
      if (before !== attempt.request.jobId) throw new Error('an attempt keeps its job id');
      attempts.set(key, { incident: incident.id, attempt });
    }
  }
  requireUnique([...incidents.values()].map(runKey), 'a run has one incident');
  const events = changes.events ?? [];
  const deliveries = new Map(state.deliveries);
  for (const delivery of changes.deliveries ?? []) {
    deliveries.set(deliveryKey(delivery), counted(deliveries.get(deliveryKey(delivery)), delivery));
  }
  if (events.some(({ at }) => !Number.isSafeInteger(at))) throw new Error('times are integer milliseconds');
  // SQLite looks when all rows of a table are written: the last word about a delivery counts.
  const mentioned = [...events, ...deliveries.values()].flatMap(({ incident }) => incident ?? []);
  if (mentioned.some((id) => !incidents.has(id))) throw new Error('no such incident');
  const settings = changes.settings ?? new Map<string, string>();
  if (settings.keys().some((key) => !key.startsWith('restart/'))) throw new Error('not a setting of restarts');
  return {
    incidents,
    attempts,
    repairs: new Map([
      ...state.repairs,
      ...(changes.repairs ?? []).map((job) => [JSON.stringify([job.cluster, job.name]), job] as const),
    ]),
    events: [...state.events, ...events],
    deliveries,
    notifications: queued(state, changes.notifications ?? []),
    settings: new Map([...state.settings, ...settings]),
  };
}

function trimmed(
  deliveries: State['deliveries'],
  {
    deliveries: since = Number.NEGATIVE_INFINITY,
    newestDeliveries = Number.POSITIVE_INFINITY,
  }: Partial<IncidentLeavings>,
): State['deliveries'] {
  const young = [...deliveries].filter(([, { lastAt }]) => lastAt >= since);
  const tooMany = young.map(([, { lastAt }]) => lastAt).toSorted((a, b) => b - a)[newestDeliveries];
  return new Map(
    young.filter(([, { lastAt, outcome }]) => outcome === 'stored' || tooMany === undefined || lastAt > tooMany),
  );
}

function queued(state: State, more: readonly Notification[]): State['notifications'] {
  const notifications = new Map(state.notifications);
  for (const notification of more) {
    const key = notificationKey(notification);
    if (!notifications.has(key)) notifications.set(key, notification);
  }
  return notifications;
}

function requireUnique(keys: readonly string[], message: string): void {
  if (new Set(keys).size !== keys.length) throw new Error(message);
}

function byFirst(a: Delivery, b: Delivery): number {
  return a.firstAt - b.firstAt;
}

function runKey({ run }: Pick<Incident, 'run'>): string {
  return JSON.stringify([run.cluster, run.jobId, run.generation]);
}

function deliveryKey({ fingerprint, startsAt }: Pick<Delivery, 'fingerprint' | 'startsAt'>): string {
  return JSON.stringify([fingerprint, startsAt]);
}

function notificationKey({ id, url }: NotificationKey): string {
  return JSON.stringify([id, url]);
}

/** A delivery that arrived again. */
export function counted(known: Delivery | undefined, delivery: Delivery): Delivery {
  if (known === undefined) return delivery;
  const { reason: _reason, ...rest } = delivery;
  const { firstAt, incident, count } = known;
  return {
    ...(incident !== undefined && { incident }),
    ...rest,
    ...(delivery.reason !== undefined && { reason: delivery.reason }),
    alertname: known.alertname,
    cluster: known.cluster,
    jobName: known.jobName,
    jobId: known.jobId,
    firstAt,
    count: count + delivery.count,
  };
}
