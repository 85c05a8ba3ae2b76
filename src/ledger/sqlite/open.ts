/**
 * Opens the embedded ledger: WAL, every commit on disk before it returns, and one process only. The process holds an
 * exclusive lock on a small database beside the ledger: the kernel releases it however the process dies, and the ledger
 * itself stays readable for `sqlite3` and backups.
 */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { MedicError, messageOf } from '../../core/errors.ts';
import { migrate } from '../migrate.ts';
import type { LedgerSchema } from '../schema.ts';
import { kyselyDriver } from './node-sqlite.ts';
import { SqliteLedger } from './sqlite-ledger.ts';

/** SQLite's result code for a database that another connection has locked. */
const SQLITE_BUSY = 5;

/**
 * @param file path of the database; it and its folder are created when they are not there
 * @throws MedicError `ledger_locked`, `ledger_newer` or `ledger_unusable`
 */
export async function openSqliteLedger(file: string): Promise<SqliteLedger> {
  const lock = holdLock(file);
  let db: DatabaseSync | undefined;
  try {
    db = openDatabase(file);
    const kysely = new Kysely<LedgerSchema>({ dialect: new SqliteDialect({ database: kyselyDriver(db) }) });
    // Kysely would commit statement by statement, and a crash in between leave a ledger that nothing can open.
    db.exec('BEGIN IMMEDIATE');
    await migrate(kysely);
    db.exec('COMMIT');
    return new SqliteLedger(kysely, () => lock.close());
  } catch (error) {
    if (db?.isOpen === true) db.close();
    lock.close();
    throw unusable(file, error);
  }
}

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;',
    );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function holdLock(file: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    lock = new DatabaseSync(`${file}.lock`);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      const advice = 'One process at a time: stop the other one, or give this one another --storage.path.';
      throw new MedicError('ledger_locked', `another flink-medic has ${file} open. ${advice}`, { cause: error });
    }
    throw unusable(file, error);
  }
}

function unusable(file: string, error: unknown): MedicError {
  if (error instanceof MedicError) return error;
  const advice =
    'Check permissions and free space; a file that is damaged must be moved away or restored from a backup.';
  return new MedicError('ledger_unusable', `cannot open the ledger ${file}: ${messageOf(error)}. ${advice}`, {
    cause: error,
  });
}
