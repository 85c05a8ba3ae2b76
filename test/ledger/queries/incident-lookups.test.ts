/** What is asked of incidents while flink-medic runs finds its rows by an index, however many there are. */

import { expect, it } from 'vitest';
import { deleteNotifications } from '../../../src/ledger/queries/delete-notifications.ts';
import { postponeNotification } from '../../../src/ledger/queries/postpone-notification.ts';
import { selectDeliveriesOf } from '../../../src/ledger/queries/select-deliveries.ts';
import { selectDueNotifications } from '../../../src/ledger/queries/select-due-notifications.ts';
import { selectIncidentEvents } from '../../../src/ledger/queries/select-incident-events.ts';
import type { LedgerDatabase } from '../../../src/ledger/schema.ts';
import { SqliteIncidentLedger } from '../../../src/ledger/sqlite/sqlite-incident-ledger.ts';
import { database } from '../support/database.ts';
import { attempt, delivery, event, incident, notification } from '../support/incidents.ts';

const numbers = Array.from({ length: 1_000 }, (_value, index) => index);
const messages = numbers.map((n) => ({ id: String(n), url: 'http://a/' }));

it.each<[string, (db: LedgerDatabase) => Promise<unknown>, number]>([
  ['deliveries of an incident', (db) => selectDeliveriesOf(db, 1), 1],
  ['the story of an incident', (db) => selectIncidentEvents(db, 1), 1],
  ['due notifications', (db) => selectDueNotifications(db, 'http://a/', 1, 10), 1],
  ['notifications that were sent', (db) => deleteNotifications(db, messages), 5],
  ['a notification to try again', (db) => postponeNotification(db, { id: '1', url: 'http://a/' }, 1, 1), 1],
])('%s', async (_, ask, most) => {
  const { db, statements, scans } = await database();
  await ask(db);
  expect(statements.length).toBeLessThanOrEqual(most);
  expect(scans()).toEqual([]);
});

it('a commit takes a statement for many rows', async () => {
  const { db, statements, scans } = await database();
  const ledger = new SqliteIncidentLedger(db);
  const lease = await ledger.takeLease();
  statements.length = 0;
  await ledger.commitIncidents(lease, {
    incidents: numbers.map((n) => incident(n, `a-${String(n)}`, [attempt(1, `x-${String(n)}`)])),
    events: numbers.map((n) => event(n, n)),
    deliveries: numbers.map((n) => delivery(String(n), { incident: n })),
    notifications: numbers.map((n) => notification(String(n))),
  });
  expect(statements.length).toBeLessThanOrEqual(28);
  expect(scans()).toEqual([]);
});
