/** A ledger that an older flink-medic wrote: it is brought up to date in one step, or left as it is. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { end, newRun } from '../../src/core/resolve.ts';
import { awake } from '../../src/core/sleeping-run.ts';
import { MIGRATIONS } from '../../src/ledger/migrations/index.ts';
import { upsertRuns } from '../../src/ledger/queries/upsert-runs.ts';
import { upsertSettings } from '../../src/ledger/queries/upsert-settings.ts';
import type { LedgerSchema } from '../../src/ledger/schema.ts';
import { kyselyDriver } from '../../src/ledger/sqlite/node-sqlite.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { incident } from './support/incidents.ts';

const RUN = newRun({ cluster: 'prod', jobId: 'a', generation: 1 }, { startTime: 1_000 }, 'orders', 5);
const ENDED = end(
  {
    ...newRun({ cluster: 'prod', jobId: 'b', generation: 1 }, { startTime: 1_000 }, 'bills', 5),
    startTimes: [1_000, 2_000],
  },
  'FAILED',
  'archive',
  3_000,
  'archive_late',
  7,
);
const SETTINGS = new Map([['cluster/prod', '{"recoveries":3}']]);

let folder: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medic-ledger-'));
  file = join(folder, 'medic.db');
  await makeOld();
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Only the first migration was there yet. */
async function makeOld(): Promise<void> {
  const db = new DatabaseSync(file);
  const driver = kyselyDriver(db);
  const kysely = new Kysely<LedgerSchema>({ dialect: new SqliteDialect({ database: driver }) });
  const first = Object.fromEntries(Object.entries(MIGRATIONS).slice(0, 1));
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => first } });
  expect((await migrator.migrateToLatest()).results).toMatchObject([{ migrationName: '0001-runs' }]);
  upsertRuns(driver, [RUN, ENDED]);
  await upsertSettings(kysely, SETTINGS);
  await kysely.destroy();
}

function tamper(statement: string): void {
  const db = new DatabaseSync(file);
  db.exec(statement);
  db.close();
}

describe('a ledger of the version before', () => {
  it('keeps what it has, and gets what is new', async () => {
    const ledger = await openSqliteLedger(file);
    const { runs, settings } = await ledger.load();
    const [run, ended] = runs;
    expect([run, awake(ended!), settings]).toEqual([RUN, ENDED, SETTINGS]);
    expect(ended).toMatchObject({ startTimes: [1_000, 2_000], final: ENDED.final, archive: undefined });
    const lease = await ledger.incidents.takeLease();
    await ledger.incidents.commitIncidents(lease, { incidents: [incident(1, 'a')] });
    expect((await ledger.incidents.loadIncidents()).incidents).toEqual([incident(1, 'a')]);
    await ledger.close();
  });

  it('stays as it was when the step to the next fails in the middle', async () => {
    tamper('CREATE TABLE deliveries (something TEXT)');
    await expect(openSqliteLedger(file)).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringContaining('table deliveries already exists'),
    });
    tamper('DROP TABLE deliveries');
    const ledger = await openSqliteLedger(file);
    expect((await ledger.load()).runs.map(awake)).toEqual([RUN, ENDED]);
    await ledger.close();
  });
});
