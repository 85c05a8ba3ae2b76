/** Opening the embedded ledger: one process only, no schema from the future, and advice for a file that cannot be used. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRun } from '../../src/core/resolve.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { incident } from './support/incidents.ts';

const RUN = newRun({ cluster: 'prod', jobId: 'a', generation: 1 }, { startTime: 1_000 }, 'orders', 5);

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medic-ledger-'));
  file = join(folder, 'data', 'medic.db');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Opens, uses and closes it. */
async function use(): Promise<number> {
  const ledger = await openSqliteLedger(file);
  try {
    await ledger.commit({ ...NO_CHANGES, runs: [RUN] });
    return (await ledger.load()).runs.length;
  } finally {
    await ledger.close();
  }
}

/** Something wrong is done to the file behind the ledger's back. */
function tamper(statement: string): void {
  const db = new DatabaseSync(file);
  db.exec(statement);
  db.close();
}

describe('a ledger that is not there', () => {
  it('is made, with its folder, and has what was stored when it is opened again', async () => {
    await use();
    const again = await openSqliteLedger(file);
    expect((await again.load()).runs).toEqual([RUN]);
    await again.close();
  });

  it('is a write-ahead log that is on disk before a commit returns', async () => {
    await use();
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    const tables = db.prepare(`SELECT sql FROM sqlite_schema WHERE type = 'table'`).all();
    db.close();
    const ours = tables.map(({ sql }) => String(sql)).filter((sql) => !/kysely|sqlite_/.test(sql));
    expect(ours).toHaveLength(12);
    for (const sql of ours) expect(sql).toMatch(/\) STRICT(, WITHOUT ROWID)?$/);
  });
});

it('its write-ahead log gives the space back that a long reader made it take', async () => {
  const wal = `${file}-wal`;
  const ledger = await openSqliteLedger(file);
  const store = (round: number): Promise<void> =>
    ledger.commit({ ...NO_CHANGES, settings: new Map([[`large-${String(round)}`, `"${'x'.repeat(1 << 20)}"`]]) });
  await store(0);
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('BEGIN; SELECT count(*) FROM settings');
  for (let round = 1; round <= 20; round += 1) await store(round);
  expect(statSync(wal).size).toBeGreaterThan(20 << 20);
  reader.close();
  for (let round = 1; round <= 2; round += 1) await store(round);
  expect(statSync(wal).size).toBeLessThanOrEqual(16 << 20);
  await ledger.close();
});

describe('a second opening', () => {
  it('is refused within the process, and allowed after the first was closed', async () => {
    const first = await openSqliteLedger(file);
    await expect(openSqliteLedger(file)).rejects.toMatchObject({
      code: 'ledger_locked',
      message: expect.stringContaining('--storage.path'),
    });
    await first.commit({ ...NO_CHANGES, runs: [RUN] });
    await first.close();
    expect(await use()).toBe(1);
  });

  it('is refused while another process has it open, and allowed once that was killed', async () => {
    const holder = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'holder.ts'), file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      await expect(openSqliteLedger(file)).rejects.toMatchObject({ code: 'ledger_locked' });
    } finally {
      await kill(holder);
    }
    expect(await use()).toBe(1);
  });
});

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('migrations', () => {
  it('refuse a ledger of a newer version, and leave it as it is', async () => {
    await use();
    tamper(`INSERT INTO kysely_migration VALUES ('9999-from-the-future', '2030-01-01T00:00:00Z')`);
    const before = readFileSync(file);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(openSqliteLedger(file)).rejects.toMatchObject({
        code: 'ledger_newer',
        message: expect.stringMatching(/9999-from-the-future.*--storage\.path/),
      });
    }
    expect(readFileSync(file)).toEqual(before);
    tamper(`DELETE FROM kysely_migration WHERE name LIKE '9999%'`);
    expect(await use()).toBe(1);
  });

  it('are not applied twice', async () => {
    await use();
    await use();
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare('SELECT name FROM kysely_migration').all()).toEqual([
      { name: '0001-runs' },
      { name: '0002-incidents' },
      { name: '0003-ended-runs' },
    ]);
    db.close();
  });

  it('that fail say so', async () => {
    await use();
    tamper(`DELETE FROM kysely_migration WHERE name > '0002'`);
    await expect(openSqliteLedger(file)).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringContaining('table incidents already exists'),
    });
    for (const name of ['0002-incidents', '0003-ended-runs']) {
      tamper(`INSERT INTO kysely_migration VALUES ('${name}', '2030-01-01T00:00:00Z')`);
    }
    expect(await use()).toBe(1);
  });
});

describe('a file that cannot be used', () => {
  const unusable = { code: 'ledger_unusable', message: expect.stringMatching(/medic\.db.*backup|permissions/s) };

  it('is no database', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(file, 'not a database, but long enough to be taken for one. '.repeat(100));
    await expect(openSqliteLedger(file)).rejects.toMatchObject(unusable);
    expect(readFileSync(file, 'utf8')).toMatch(/^not a database/);
  });

  it('is a folder', async () => {
    mkdirSync(file, { recursive: true });
    await expect(openSqliteLedger(file)).rejects.toMatchObject(unusable);
  });

  it('lies where there can be no folder', async () => {
    writeFileSync(join(folder, 'data'), '');
    await expect(openSqliteLedger(file)).rejects.toMatchObject(unusable);
  });

  it.skipIf(process.getuid?.() === 0)('lies in a folder without permission', async () => {
    mkdirSync(join(folder, 'data'));
    chmodSync(join(folder, 'data'), 0o500);
    await expect(openSqliteLedger(file)).rejects.toMatchObject(unusable);
    chmodSync(join(folder, 'data'), 0o700);
  });

  it('was damaged in the middle', async () => {
    await use();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4_096);
    writeFileSync(file, bytes);
    await expect(use()).rejects.toMatchObject({ code: expect.stringMatching(/^ledger_(unusable|write)$/) });
  });

  it('has a document that is no JSON', async () => {
    await use();
    tamper(`UPDATE runs SET run_document = '{"cluster":'`);
    const ledger = await openSqliteLedger(file);
    await expect(ledger.load()).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringContaining('backup'),
    });
    await ledger.close();
  });

  it('has an incident that is no JSON', async () => {
    await use();
    const first = await openSqliteLedger(file);
    await first.incidents.commitIncidents(await first.incidents.takeLease(), { incidents: [incident(1, 'a')] });
    await first.close();
    tamper(`UPDATE incidents SET incident_document = '{"id":'`);
    const ledger = await openSqliteLedger(file);
    await expect(ledger.incidents.loadIncidents()).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringContaining('backup'),
    });
    await ledger.close();
  });

  it('leaves nothing open', async () => {
    mkdirSync(file, { recursive: true });
    await expect(openSqliteLedger(file)).rejects.toMatchObject(unusable);
    rmSync(file, { recursive: true });
    expect(await use()).toBe(1);
    expect(existsSync(file)).toBe(true);
  });
});
