/** Connections to the ledger's file, and how a new file comes to be: whole, or not at all. Called by `open.ts` and `rebuild.ts`. */

import { randomInt } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import { migrate } from '../migrate.ts';
import type { LedgerDatabase, LedgerSchema } from '../schema.ts';
import { kyselyDriver } from './node-sqlite.ts';

/** "FMed": by which `file` and others tell a ledger from other SQLite files. Ledgers of before it have 0. */
export const APPLICATION_ID = 0x46_4d_65_64;
/** Of `user_version`, which SQLite leaves to its users. */
const LARGEST_IDENTITY = 2 ** 31 - 1;
/** Four times what is in it before SQLite writes it back, which is after 1,000 pages. */
const MAX_IDLE_WAL_BYTES = 16 * 1024 * 1024;

/**
 * In bytes. Tables whose rows lie in their key's index keep no more than a quarter of a page of a row there, and give the
 * rest a page of its own: with SQLite's 4,096 nearly every run would take one.
 */
const PAGE_SIZE = 8192;

export function kyselyOf(database: SqliteDatabase): LedgerDatabase {
  return new Kysely<LedgerSchema>({ dialect: new SqliteDialect({ database }) });
}

/** Every commit is on disk before it returns. */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;',
    );
    // While somebody reads for long (a backup) the write-ahead log grows; afterwards it gives the space back.
    db.exec(`PRAGMA journal_size_limit = ${String(MAX_IDLE_WAL_BYTES)}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Brings it to the newest schema, in one step.
 *
 * @throws MedicError `ledger_newer` or `ledger_unusable`
 */
export async function migrateDatabase(db: DatabaseSync): Promise<void> {
  // Kysely would commit statement by statement, and a crash in between leave a ledger that nothing can open.
  db.exec('BEGIN IMMEDIATE');
  await migrate(kyselyOf(kyselyDriver(db)));
  db.exec('COMMIT');
}

/**
 * Makes a ledger under another name first: one that is empty or half-written is then never a first start that was killed.
 *
 * @param fill what is in it from the beginning
 */
export async function createDatabase(file: string, fill: (db: DatabaseSync) => void = () => undefined): Promise<void> {
  const unfinished = `${file}.new`;
  for (const suffix of ['', '-journal']) rmSync(unfinished + suffix, { force: true });
  const db = new DatabaseSync(unfinished);
  try {
    // Its identity: a write-ahead log that says another one belongs to another file.
    const identity = randomInt(1, LARGEST_IDENTITY);
    db.exec(`PRAGMA page_size = ${String(PAGE_SIZE)}`);
    db.exec(`PRAGMA application_id = ${String(APPLICATION_ID)}; PRAGMA user_version = ${String(identity)};`);
    await migrateDatabase(db);
    fill(db);
    db.close();
  } catch (error) {
    if (db.isOpen) db.close();
    for (const suffix of ['', '-journal']) rmSync(unfinished + suffix, { force: true });
    throw error;
  }
  renameSync(unfinished, file);
  syncFolder(file);
}

/** Makes names in the folder of a file durable. */
export function syncFolder(file: string): void {
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
