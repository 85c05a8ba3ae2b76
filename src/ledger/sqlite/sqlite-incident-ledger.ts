/**
 * Incidents on the embedded database. It shares the connection of `SqliteLedger`, which makes it; Kysely lets one
 * transaction after the other use that connection, so that those of the two never mix.
 */

import { MedicError } from '../../core/errors.ts';
import type { Delivery } from '../../core/restart/alerts.ts';
import type { IncidentEvent } from '../../core/restart/incident.ts';
import type {
  IncidentChanges,
  IncidentContents,
  IncidentLeavings,
  IncidentLedger,
  Notification,
  NotificationKey,
} from '../incident-ledger.ts';
import { countNotifications } from '../queries/count-notifications.ts';
import { deleteIncidents } from '../queries/delete-incidents.ts';
import { deleteJobRepairs } from '../queries/delete-job-repairs.ts';
import { deleteNotifications } from '../queries/delete-notifications.ts';
import { deleteSettings } from '../queries/delete-settings.ts';
import { insertIncidentEvents } from '../queries/insert-incident-events.ts';
import { insertNotifications } from '../queries/insert-notifications.ts';
import { incrementLease, selectLease } from '../queries/lease.ts';
import { postponeNotification } from '../queries/postpone-notification.ts';
import { selectDeliveriesOf, selectWaitingDeliveries } from '../queries/select-deliveries.ts';
import { selectDueNotifications } from '../queries/select-due-notifications.ts';
import { selectIncidentEvents } from '../queries/select-incident-events.ts';
import { selectIncidents } from '../queries/select-incidents.ts';
import { selectJobRepairs } from '../queries/select-job-repairs.ts';
import { selectSettings } from '../queries/select-settings.ts';
import { trimDeliveries } from '../queries/trim-deliveries.ts';
import { trimNotifications } from '../queries/trim-notifications.ts';
import { upsertAttempts } from '../queries/upsert-attempts.ts';
import { upsertDeliveries } from '../queries/upsert-deliveries.ts';
import { upsertIncidents } from '../queries/upsert-incidents.ts';
import { upsertJobRepairs } from '../queries/upsert-job-repairs.ts';
import { upsertSettings } from '../queries/upsert-settings.ts';
import type { LedgerDatabase } from '../schema.ts';
import { cannotRead, cannotWrite } from './failures.ts';

export class SqliteIncidentLedger implements IncidentLedger {
  readonly #db: LedgerDatabase;

  constructor(db: LedgerDatabase) {
    this.#db = db;
  }

  takeLease(): Promise<number> {
    return this.#write(incrementLease);
  }

  checkLease(lease: number): Promise<void> {
    return this.#write((transaction) => requireLease(transaction, lease));
  }

  loadIncidents(): Promise<IncidentContents> {
    return this.#db
      .transaction()
      .execute(async (transaction) => ({
        incidents: await selectIncidents(transaction),
        repairs: await selectJobRepairs(transaction),
        waiting: await selectWaitingDeliveries(transaction),
        settings: new Map([...(await selectSettings(transaction))].filter(([key]) => isRestartSetting(key))),
      }))
      .catch(cannotRead);
  }

  async commitIncidents(lease: number, changes: Partial<IncidentChanges>): Promise<void> {
    const settings = changes.settings ?? new Map<string, string>();
    await this.#write(async (transaction) => {
      await requireLease(transaction, lease);
      const foreign = settings.keys().find((key) => !isRestartSetting(key));
      if (foreign !== undefined) throw new Error(`the setting ${foreign} is not one of restarts`);
      await upsertIncidents(transaction, changes.incidents ?? []);
      await upsertAttempts(transaction, changes.incidents ?? []);
      await upsertJobRepairs(transaction, changes.repairs ?? []);
      await insertIncidentEvents(transaction, changes.events ?? []);
      await upsertDeliveries(transaction, changes.deliveries ?? []);
      await insertNotifications(transaction, changes.notifications ?? []);
      await upsertSettings(transaction, settings);
    });
  }

  incidentEvents(incident: number): Promise<IncidentEvent[]> {
    return selectIncidentEvents(this.#db, incident).catch(cannotRead);
  }

  deliveriesOf(incident: number): Promise<Delivery[]> {
    return selectDeliveriesOf(this.#db, incident).catch(cannotRead);
  }

  dueNotifications(url: string, now: number, limit: number): Promise<Notification[]> {
    return selectDueNotifications(this.#db, url, now, limit).catch(cannotRead);
  }

  trimNotifications(keep: Parameters<IncidentLedger['trimNotifications']>[0]): Promise<number> {
    return this.#write((transaction) => trimNotifications(transaction, keep));
  }

  waitingNotifications(): Promise<number> {
    return countNotifications(this.#db).catch(cannotRead);
  }

  removeNotifications(keys: readonly NotificationKey[]): Promise<void> {
    return this.#write((transaction) => deleteNotifications(transaction, keys));
  }

  postponeNotification(key: NotificationKey, tries: number, nextTryAt: number): Promise<void> {
    return this.#write((transaction) => postponeNotification(transaction, key, tries, nextTryAt));
  }

  pruneIncidents(leaving: Partial<IncidentLeavings>): Promise<number> {
    return this.#write(async (transaction) => {
      await deleteIncidents(transaction, leaving.incidents ?? []);
      await deleteJobRepairs(transaction, leaving.repairs ?? []);
      await deleteSettings(transaction, (leaving.settings ?? []).filter(isRestartSetting));
      return trimDeliveries(transaction, leaving);
    });
  }

  #write<T>(work: (transaction: LedgerDatabase) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(work).catch(cannotWrite);
  }
}

async function requireLease(db: LedgerDatabase, lease: number): Promise<void> {
  const holder = await selectLease(db);
  if (holder === lease) return;
  throw new MedicError(
    'lease_lost',
    `another process took over the ledger (lease ${String(holder)}, ours was ${String(lease)}): this one no longer acts`,
  );
}

/** Other keys of the table are of clusters, and the lease. */
function isRestartSetting(key: string): boolean {
  return key.startsWith('restart/');
}
