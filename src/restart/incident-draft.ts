/**
 * A transaction of incidents that is being put together: it reads through to what it lies over, and collects what is
 * changed. The incident store makes one for a batch and one for each part of the batch, so that a part that fails leaves
 * nothing behind. Short-lived.
 */

import type { Delivery } from '../core/restart/alerts.ts';
import type { Incident, IncidentEvent, JobRepairs } from '../core/restart/incident.ts';
import { isClosed } from '../core/restart/incident.ts';
import type { Transition } from '../core/restart/transitions.ts';
import type { RunKey } from '../core/run.ts';

/** What can be read of incidents; the store and every draft over it have it. */
export interface IncidentView {
  incident(id: number): Incident | undefined;
  /** How many there are, of all clusters or of one. */
  count(cluster?: string): number;
  /** The incident that the end of this run opened. */
  incidentOfRun(run: RunKey): Incident | undefined;
  /** The newest incident with an attempt that has this job id. */
  incidentOfAttempt(cluster: string, jobId: string): Incident | undefined;
  /** Of one job, oldest first. */
  incidentsOf(cluster: string, name: string): readonly Incident[];
  /** Those that are not closed, oldest first. */
  open(): readonly Incident[];
  repairs(cluster: string, name: string): JobRepairs;
  /** Of jobs that ever had an incident. */
  allRepairs(): Iterable<JobRepairs>;
  waiting(): readonly Delivery[];
  setting(key: string): string | undefined;
  nextId(): number;
}

export class IncidentDraft implements IncidentView {
  readonly #under: IncidentView;
  readonly incidents = new Map<number, Incident>();
  readonly changedRepairs = new Map<string, JobRepairs>();
  readonly deliveries = new Map<string, Delivery>();
  readonly settings = new Map<string, string>();
  readonly events: IncidentEvent[] = [];
  /** Ids of the changed incidents, by run and by job: one message can change thousands. */
  readonly #byRun = new Map<string, number>();
  readonly #byAttempt = new Map<string, number>();
  readonly #byJob = new Map<string, Set<number>>();
  /** Ids of new incidents, by cluster. */
  readonly #fresh = new Map<string, Set<number>>();
  #nextId: number;

  constructor(under: IncidentView) {
    this.#under = under;
    this.#nextId = under.nextId();
  }

  /** Takes over the result of a transition, and its line of the story. */
  apply({ incident, event }: Transition): Incident {
    const { id, run, attempts } = incident;
    this.incidents.set(id, incident);
    this.#byRun.set(runKey(run), id);
    for (const { request } of attempts) this.#byAttempt.set(attemptKey(run.cluster, request.jobId), id);
    const ofJob = this.#byJob.get(jobKey(run.cluster, run.name)) ?? new Set();
    this.#byJob.set(jobKey(run.cluster, run.name), ofJob.add(id));
    if (id >= this.#under.nextId()) this.#fresh.set(run.cluster, (this.#fresh.get(run.cluster) ?? new Set()).add(id));
    this.#nextId = Math.max(this.#nextId, incident.id + 1);
    if (event !== undefined) this.events.push({ ...event, incident: incident.id });
    return incident;
  }

  putRepairs(repairs: JobRepairs): void {
    this.changedRepairs.set(jobKey(repairs.cluster, repairs.name), repairs);
  }

  /** @param delivery whose count is how often it arrived since it was last put */
  putDelivery(delivery: Delivery): void {
    const key = deliveryKey(delivery);
    const count = (this.deliveries.get(key)?.count ?? 0) + delivery.count;
    this.deliveries.set(key, { ...delivery, count });
  }

  set(key: string, value: string): void {
    this.settings.set(key, value);
  }

  /** Takes over everything of a draft that lies over this one. */
  merge(part: IncidentDraft): void {
    for (const incident of part.incidents.values()) this.apply({ incident });
    for (const repairs of part.changedRepairs.values()) this.putRepairs(repairs);
    for (const delivery of part.deliveries.values()) this.putDelivery(delivery);
    for (const [key, value] of part.settings) this.set(key, value);
    this.events.push(...part.events);
  }

  get isEmpty(): boolean {
    const sizes = [this.incidents, this.changedRepairs, this.deliveries, this.settings].map(({ size }) => size);
    return this.events.length === 0 && sizes.every((size) => size === 0);
  }

  count(cluster?: string): number {
    const fresh = cluster === undefined ? this.#nextId - this.#under.nextId() : (this.#fresh.get(cluster)?.size ?? 0);
    return this.#under.count(cluster) + fresh;
  }

  incident(id: number): Incident | undefined {
    return this.incidents.get(id) ?? this.#under.incident(id);
  }

  incidentOfRun(run: RunKey): Incident | undefined {
    return this.#changed(this.#byRun.get(runKey(run))) ?? this.#now(this.#under.incidentOfRun(run));
  }

  incidentOfAttempt(cluster: string, jobId: string): Incident | undefined {
    const changed = this.#changed(this.#byAttempt.get(attemptKey(cluster, jobId)));
    const under = this.#now(this.#under.incidentOfAttempt(cluster, jobId));
    return changed === undefined || (under !== undefined && under.id > changed.id) ? under : changed;
  }

  incidentsOf(cluster: string, name: string): readonly Incident[] {
    const known = this.#under.incidentsOf(cluster, name);
    const changed = [...(this.#byJob.get(jobKey(cluster, name)) ?? [])].flatMap((id) => this.incidents.get(id) ?? []);
    const fresh = changed.filter(({ id }) => !known.some((other) => other.id === id));
    return [...known.map((incident) => this.#now(incident) ?? incident), ...fresh];
  }

  open(): readonly Incident[] {
    const known = this.#under.open();
    const ids = new Set(known.map(({ id }) => id));
    const fresh = [...this.incidents.values()].filter(({ id }) => !ids.has(id));
    return [...known.map((incident) => this.#now(incident) ?? incident), ...fresh].filter(
      (incident) => !isClosed(incident),
    );
  }

  repairs(cluster: string, name: string): JobRepairs {
    return this.changedRepairs.get(jobKey(cluster, name)) ?? this.#under.repairs(cluster, name);
  }

  *allRepairs(): Generator<JobRepairs> {
    for (const repairs of this.#under.allRepairs()) {
      if (!this.changedRepairs.has(jobKey(repairs.cluster, repairs.name))) yield repairs;
    }
    yield* this.changedRepairs.values();
  }

  waiting(): readonly Delivery[] {
    const under = this.#under.waiting().filter((delivery) => !this.deliveries.has(deliveryKey(delivery)));
    return [...under, ...[...this.deliveries.values()].filter(({ outcome }) => outcome === 'stored')];
  }

  setting(key: string): string | undefined {
    return this.settings.get(key) ?? this.#under.setting(key);
  }

  nextId(): number {
    return this.#nextId;
  }

  #changed(id: number | undefined): Incident | undefined {
    return id === undefined ? undefined : this.incidents.get(id);
  }

  /** As this draft leaves it. */
  #now(incident: Incident | undefined): Incident | undefined {
    return incident && (this.incidents.get(incident.id) ?? incident);
  }
}

export function runKey({ cluster, jobId, generation }: RunKey): string {
  return `${cluster}\n${jobId}\n${String(generation)}`;
}

export function attemptKey(cluster: string, jobId: string): string {
  return `${cluster}\n${jobId}`;
}

export function jobKey(cluster: string, name: string): string {
  return `${cluster}\n${name}`;
}

export function deliveryKey({ fingerprint, startsAt }: Pick<Delivery, 'fingerprint' | 'startsAt'>): string {
  return `${fingerprint}\n${String(startsAt)}`;
}
