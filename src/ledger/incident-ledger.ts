/**
 * The part of the ledger that restarts rest on: incidents with their attempts and stories, what is remembered of jobs
 * across incidents, alerts that arrived, and notifications that wait to be sent. Nothing is done that is not in it first.
 * Its callers are the incident store of `src/restart/` and the notifier.
 */

import type { Delivery } from '../core/restart/alerts.ts';
import type { Incident, IncidentEvent, JobRepairs } from '../core/restart/incident.ts';

/** One transaction: everything in it is durable, or nothing. What is left out does not change. */
export interface IncidentChanges {
  /**
   * With all of their attempts. An incident keeps its run and an attempt its job id; a run has one incident, and a job id
   * one attempt.
   */
  readonly incidents: readonly Incident[];
  readonly repairs: readonly JobRepairs[];
  readonly events: readonly IncidentEvent[];
  /** By fingerprint and start; `count` is added to what is stored, `firstAt` of the first stays. */
  readonly deliveries: readonly Delivery[];
  /** One that waits already stays as it is. */
  readonly notifications: readonly Notification[];
  /** Values are JSON texts; keys begin with `restart/`. */
  readonly settings: ReadonlyMap<string, string>;
}

/** An outgoing message; one row for each receiver. */
export interface Notification {
  /** Unique; the receiver knows repeats by it. */
  readonly id: string;
  readonly url: string;
  readonly event: 'incident' | 'final_status';
  /** Our clock. */
  readonly createdAt: number;
  /** JSON text of the body. */
  readonly body: string;
  readonly tries: number;
  /** Not before; our clock. */
  readonly nextTryAt: number;
}

export type NotificationKey = Pick<Notification, 'id' | 'url'>;

/** What leaves; what is left out does not. */
export interface IncidentLeavings {
  /** Deliveries that were last seen before this moment. */
  readonly deliveries: number;
  /** Of the others all but about so many, the newest; those that wait stay. */
  readonly newestDeliveries: number;
  /** With all that hangs on them. */
  readonly incidents: readonly number[];
  readonly repairs: readonly Pick<JobRepairs, 'cluster' | 'name'>[];
  /** Keys of settings of restarts. */
  readonly settings: readonly string[];
}

export interface IncidentContents {
  /** Oldest first. */
  readonly incidents: readonly Incident[];
  readonly repairs: readonly JobRepairs[];
  /** Those whose outcome is `stored`. */
  readonly waiting: readonly Delivery[];
  /** Whose key begins with `restart/`. */
  readonly settings: ReadonlyMap<string, string>;
}

/** What is said of errors nowhere else: reads throw MedicError `ledger_unusable`, writes `ledger_write`. */
export interface IncidentLedger {
  /**
   * Takes the lease: a number higher than every one before. A commit under an older one fails.
   *
   * @throws MedicError `ledger_write`
   */
  takeLease(): Promise<number>;
  /** @throws MedicError `ledger_unusable` */
  loadIncidents(): Promise<IncidentContents>;
  /** @throws MedicError `ledger_write`, or `lease_lost`; nothing was stored then */
  commitIncidents(lease: number, changes: Partial<IncidentChanges>): Promise<void>;
  /** @throws MedicError `lease_lost` when somebody else took the lease, or `ledger_write` when that cannot be read */
  checkLease(lease: number): Promise<void>;
  /** Oldest first. */
  incidentEvents(incident: number): Promise<IncidentEvent[]>;
  deliveriesOf(incident: number): Promise<Delivery[]>;
  /** To this address, due at `now`, in the order in which they were committed. */
  dueNotifications(url: string, now: number, limit: number): Promise<Notification[]>;
  /**
   * Deletes notifications made before `createdSince`, those to other addresses than `urls`, and of what is left all but
   * the `newest`; returns how many.
   */
  trimNotifications(keep: {
    readonly createdSince: number;
    readonly urls: readonly string[];
    readonly newest: number;
  }): Promise<number>;
  waitingNotifications(): Promise<number>;
  /** Sent, or given up. */
  removeNotifications(keys: readonly NotificationKey[]): Promise<void>;
  /** Tried again later. */
  postponeNotification(key: NotificationKey, tries: number, nextTryAt: number): Promise<void>;
  /** @returns how many deliveries are left */
  pruneIncidents(leaving: Partial<IncidentLeavings>): Promise<number>;
}
