/**
 * All incidents that are remembered, and the only way to change them: what is changed is in the ledger before anybody can
 * see it. Changes that are asked for while the ledger writes go into one transaction together, so that ten thousand
 * deliveries at once cost a few. Bounded by the retention of incidents, and in number (`forget`). Intake, worker and desk
 * share one.
 */

import type { Delivery } from '../core/restart/alerts.ts';
import type { Incident, JobRepairs } from '../core/restart/incident.ts';
import type { RunKey } from '../core/run.ts';
import type { IncidentContents, IncidentLedger, Notification } from '../ledger/incident-ledger.ts';
import { deliveryKey, IncidentDraft, type IncidentView, jobKey } from './incident-draft.ts';
import { IncidentIndex } from './incident-index.ts';
import { leavingIncidents, type LeavingIncidents } from './leaving-incidents.ts';

export interface IncidentStoreOptions {
  readonly ledger: Pick<IncidentLedger, 'commitIncidents' | 'checkLease' | 'pruneIncidents'>;
  readonly lease: number;
  /** Messages about an incident that changed; stored in the same transaction. */
  readonly notify: (incident: Incident, before: Incident | undefined) => readonly Notification[];
  /** Called after each transaction that changed something. */
  readonly changed: (changes: IncidentDraft) => void;
  /** The ledger refused; called every time. */
  readonly failed: (error: unknown) => void;
}

/** What may be forgotten; times are in our clock. */
export interface Leaves extends LeavingIncidents {
  /** Of a job without incidents. */
  readonly repairs: (job: JobRepairs) => boolean;
  readonly setting: (key: string) => boolean;
  /** Alerts that were last seen before. */
  readonly deliveriesBefore: number;
}

/** Alerts that are kept for the audit. */
export const MAX_DELIVERIES = 100_000;

const NEXT_ID = 'restart/next_incident';

/** Written only to learn whether it can be. */
const TRIED = 'restart/recoveries';

interface Part {
  readonly build: (draft: IncidentDraft) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class IncidentStore implements IncidentView {
  readonly #options: IncidentStoreOptions;
  readonly #incidents = new IncidentIndex();
  readonly #repairs = new Map<string, JobRepairs>();
  readonly #waiting = new Map<string, Delivery>();
  readonly #settings = new Map<string, string>();
  #nextId = 1;
  #parts: Part[] = [];
  /** Transactions, one after the other. */
  #turns: Promise<void> = Promise.resolve();
  #writable = true;

  constructor(contents: IncidentContents, options: IncidentStoreOptions) {
    this.#options = options;
    for (const incident of contents.incidents) this.#keep(incident);
    for (const repairs of contents.repairs) this.#repairs.set(jobKey(repairs.cluster, repairs.name), repairs);
    for (const delivery of contents.waiting) this.#waiting.set(deliveryKey(delivery), delivery);
    for (const [key, value] of contents.settings) this.#settings.set(key, value);
    this.#nextId = Math.max(this.#nextId, Number(this.#settings.get(NEXT_ID) ?? 1));
  }

  /** Whether the last transaction succeeded. */
  get writable(): boolean {
    return this.#writable;
  }

  /** Tries whether the ledger can be written again, when it could not. */
  async recover(): Promise<void> {
    if (this.#writable) return;
    await this.change((draft) => draft.set(TRIED, String(Number(draft.setting(TRIED) ?? 0) + 1)));
  }

  /**
   * Changes incidents in one transaction.
   *
   * @param build sees everything as it is when its turn comes; synchronous, so nothing comes between reading and writing
   * @returns what `build` returned, when it is durable
   * @throws MedicError `ledger_write` or `lease_lost`, and whatever `build` throws; nothing has changed then
   */
  async change<T>(build: (draft: IncidentDraft) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#parts.push({ build, resolve, reject });
    if (this.#parts.length === 1) void this.#inTurn(() => this.#write());
    return (await promise) as T;
  }

  /** @throws MedicError `lease_lost` or `ledger_write`: this process must not act */
  async checkLease(): Promise<void> {
    await this.#options.ledger.checkLease(this.#options.lease);
  }

  /** Every incident, newest first. */
  all(): Incident[] {
    return [...this.#incidents.all()].toReversed();
  }

  count(cluster?: string): number {
    return this.#incidents.count(cluster);
  }

  /** How much of the place for incidents is used, in all or in the cluster with most. */
  get fullness(): number {
    return this.#incidents.fullness;
  }

  incident(id: number): Incident | undefined {
    return this.#incidents.incident(id);
  }

  incidentOfRun(run: RunKey): Incident | undefined {
    return this.#incidents.ofRun(run);
  }

  incidentOfAttempt(cluster: string, jobId: string): Incident | undefined {
    return this.#incidents.ofAttempt(cluster, jobId);
  }

  incidentsOf(cluster: string, name: string): readonly Incident[] {
    return this.#incidents.ofJob(cluster, name);
  }

  open(): readonly Incident[] {
    return this.#incidents.open();
  }

  repairs(cluster: string, name: string): JobRepairs {
    return this.#repairs.get(jobKey(cluster, name)) ?? noRepairs(cluster, name);
  }

  allRepairs(): Iterable<JobRepairs> {
    return this.#repairs.values();
  }

  waiting(): readonly Delivery[] {
    return [...this.#waiting.values()];
  }

  setting(key: string): string | undefined {
    return this.#settings.get(key);
  }

  nextId(): number {
    return this.#nextId;
  }

  /**
   * Forgets what leaves by the retention. Closed incidents only, whatever is asked for.
   *
   * @returns how many deliveries are left
   */
  async forget(leaves: Leaves): Promise<number> {
    const forgetting = this.#turns.then(async () => {
      const incidents = leavingIncidents(this.#incidents, leaves);
      const gone = new Set(incidents);
      const repairs = [...this.#repairs.values()].filter((job) => {
        const isOfIncident = this.incidentsOf(job.cluster, job.name).some((incident) => !gone.has(incident));
        return !isOfIncident && leaves.repairs(job);
      });
      const settings = [...this.#settings.keys()].filter(leaves.setting);
      const left = await this.#options.ledger.pruneIncidents({
        deliveries: leaves.deliveriesBefore,
        newestDeliveries: MAX_DELIVERIES,
        incidents: incidents.map(({ id }) => id),
        repairs,
        settings,
      });
      for (const incident of incidents) this.#incidents.drop(incident);
      for (const { cluster, name } of repairs) this.#repairs.delete(jobKey(cluster, name));
      for (const key of settings) this.#settings.delete(key);
      return left;
    });
    this.#turns = forgetting.then(
      () => undefined,
      () => undefined,
    );
    return forgetting;
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#turns.then(task);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Everything that was asked for until its turn came. */
  async #write(): Promise<void> {
    const batch = new IncidentDraft(this);
    const done = this.#build(batch, this.#parts.splice(0));
    try {
      await this.#commit(batch);
      this.#writable = true;
      for (const { part, value } of done) part.resolve(value);
    } catch (error) {
      this.#writable = false;
      this.#options.failed(error);
      for (const { part } of done) part.reject(error);
    }
  }

  #build(batch: IncidentDraft, parts: readonly Part[]): { part: Part; value: unknown }[] {
    const done: { part: Part; value: unknown }[] = [];
    for (const part of parts) {
      const draft = new IncidentDraft(batch);
      try {
        done.push({ part, value: part.build(draft) });
        batch.merge(draft);
      } catch (error) {
        part.reject(error);
      }
    }
    return done;
  }

  async #commit(batch: IncidentDraft): Promise<void> {
    if (batch.isEmpty) return;
    const { ledger, lease, notify, changed } = this.#options;
    const incidents = [...batch.incidents.values()];
    // The ids of forgotten incidents are not given again.
    if (batch.nextId() > this.#nextId) batch.set(NEXT_ID, String(batch.nextId()));
    await ledger.commitIncidents(lease, {
      incidents,
      repairs: [...batch.changedRepairs.values()],
      events: batch.events,
      deliveries: [...batch.deliveries.values()],
      settings: batch.settings,
      notifications: incidents.flatMap((incident) => notify(incident, this.incident(incident.id))),
    });
    for (const incident of incidents) this.#keep(incident);
    for (const [key, repairs] of batch.changedRepairs) this.#repairs.set(key, repairs);
    for (const [key, value] of batch.settings) this.#settings.set(key, value);
    for (const [key, delivery] of batch.deliveries) {
      if (delivery.outcome === 'stored') this.#waiting.set(key, delivery);
      else this.#waiting.delete(key);
    }
    changed(batch);
  }

  #keep(incident: Incident): void {
    this.#incidents.put(incident);
    this.#nextId = Math.max(this.#nextId, incident.id + 1);
  }
}

function noRepairs(cluster: string, name: string): JobRepairs {
  const results = { succeeded: 0, failed: 0, unconfirmed: 0, withdrawn: 0 };
  return { cluster, name, intents: [], sinceStable: 0, exhausted: false, results };
}
