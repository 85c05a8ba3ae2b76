/** A disk that is full or read-only: nothing is stored, everything is still read, and it goes on once it is mended. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRun } from '../../src/core/resolve.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import type { LedgerSchema } from '../../src/ledger/schema.ts';
import { kyselyDriver } from '../../src/ledger/sqlite/node-sqlite.ts';
import { SqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { attempt, delivery, event, incident, notification } from './support/incidents.ts';

const RUN = newRun({ cluster: 'prod', jobId: 'a', generation: 1 }, { startTime: 1_000 }, 'orders', 5);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medic-ledger-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A ledger whose database the test can take the space from. */
async function openLimited(): Promise<{ db: DatabaseSync; ledger: SqliteLedger }> {
  const db = new DatabaseSync(join(folder, 'limited.db'));
  db.exec('PRAGMA journal_mode = WAL');
  const driver = kyselyDriver(db);
  const kysely = new Kysely<LedgerSchema>({ dialect: new SqliteDialect({ database: driver }) });
  await migrate(kysely);
  return { db, ledger: new SqliteLedger(db, () => undefined) };
}

describe('a disk', () => {
  const large = Array.from({ length: 500 }, (_, i) => ({ ...RUN, jobId: `job-${String(i)}` }));

  it.each([
    ['full', 'PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 1000000'],
    ['read-only', 'PRAGMA query_only = ON', 'PRAGMA query_only = OFF'],
  ])('that is %s stores nothing, and everything once it is mended', async (_, breakIt, mendIt) => {
    const { db, ledger } = await openLimited();
    await ledger.commit({ ...NO_CHANGES, runs: [RUN] });
    db.exec(breakIt);
    await expect(ledger.commit({ ...NO_CHANGES, runs: large })).rejects.toMatchObject({ code: 'ledger_write' });
    expect((await ledger.load()).runs).toEqual([RUN]);
    db.exec(mendIt);
    await ledger.commit({ ...NO_CHANGES, runs: large });
    expect((await ledger.load()).runs).toHaveLength(501);
    await ledger.close();
  });

  it.each([
    ['full', 'PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 1000000', /full/],
    ['read-only', 'PRAGMA query_only = ON', 'PRAGMA query_only = OFF', /readonly/],
  ])('that is %s takes no intent, and takes it once it is mended', async (_, breakIt, mendIt, message) => {
    const { db, ledger: whole } = await openLimited();
    const ledger = whole.incidents;
    const lease = await ledger.takeLease();
    await ledger.commitIncidents(lease, { incidents: [incident(1, 'a')], notifications: [notification('n')] });
    const before = await ledger.loadIncidents();
    const intent = { ...incident(1, 'a', [attempt(1, 'x')]), state: 'submitting' } as const;
    const deliveries = Array.from({ length: 500 }, (_value, n) => delivery(`f-${String(n)}`));
    const changes = { incidents: [intent], deliveries, events: [event(1, 1)] };
    db.exec(breakIt);
    await expect(ledger.commitIncidents(lease, changes)).rejects.toMatchObject({
      code: 'ledger_write',
      message: expect.stringMatching(message),
      cause: expect.any(Error),
    });
    await ledger.checkLease(lease);
    expect(await ledger.loadIncidents()).toEqual(before);
    expect(await ledger.dueNotifications('http://a/', 9_000, 1)).toHaveLength(1);
    db.exec(mendIt);
    await ledger.commitIncidents(lease, changes);
    expect((await ledger.loadIncidents()).incidents).toEqual([intent]);
    await whole.close();
  });

  it('that is full is named as the cause although SQLite has ended the transaction by itself', async () => {
    const { db, ledger } = await openLimited();
    const lease = await ledger.incidents.takeLease();
    db.exec(`CREATE TRIGGER full BEFORE INSERT ON incidents BEGIN SELECT RAISE(ROLLBACK, 'disk is full'); END`);
    const changes = { settings: new Map([['restart/mode', '"on"']]), incidents: [incident(1, 'a')] };
    await expect(ledger.incidents.commitIncidents(lease, changes)).rejects.toMatchObject({
      code: 'ledger_write',
      message: 'the ledger cannot be written: disk is full',
    });
    db.exec('DROP TRIGGER full');
    expect((await ledger.incidents.loadIncidents()).settings).toEqual(new Map());
    await ledger.incidents.commitIncidents(lease, changes);
    expect((await ledger.incidents.loadIncidents()).settings).toEqual(changes.settings);
    await ledger.close();
  });

  it('that is read-only refuses every change of incidents', async () => {
    const { db, ledger } = await openLimited();
    const { incidents } = ledger;
    const lease = await incidents.takeLease();
    await incidents.commitIncidents(lease, { incidents: [incident(1, 'a')], notifications: [notification('n')] });
    db.exec('PRAGMA query_only = ON');
    const writes = [
      incidents.takeLease(),
      incidents.removeNotifications([notification('n')]),
      incidents.postponeNotification(notification('n'), 1, 9_000),
      incidents.trimNotifications({ createdSince: 0, urls: [], newest: 0 }),
      incidents.pruneIncidents({ deliveries: 9_000, incidents: [1] }),
    ];
    const refused = { status: 'rejected', reason: { code: 'ledger_write' } };
    expect(await Promise.allSettled(writes)).toMatchObject(writes.map(() => refused));
    await ledger.close();
  });
});
