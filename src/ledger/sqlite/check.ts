/**
 * Says what is wrong with a ledger's file before anything is done with it; changes nothing in it. Reads every page, which
 * costs a fraction of what loading the ledger does. Called at each start.
 */

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MedicError, messageOf } from '../../core/errors.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { APPLICATION_ID, migrateDatabase } from './database.ts';
import { isDamage } from './failures.ts';
import { findingsOf, MAX_FINDINGS, textsOf } from './findings.ts';
import { findingsInThread } from './page-check.ts';
import { isWalHeader } from './wal-header.ts';

/** Where the header of a database file has `user_version`. */
const IDENTITY_OFFSET = 60;
/** To check the pages of a smaller file takes no longer than to start a thread for it. */
const SMALL_BYTES = 16 * 1024 * 1024;

/**
 * @param thorough also whether indexes fit their tables and documents are JSON
 * @returns what is damaged, as the end of "is damaged: "; undefined when nothing is
 * @throws MedicError `ledger_unusable` for a database of something else; whatever SQLite throws when it cannot read at all
 */
export async function damageOf(
  file: string,
  { thorough }: { readonly thorough: boolean },
): Promise<string | undefined> {
  const wal = `${file}-wal`;
  const isWal = existsSync(wal) && statSync(wal).size > 0;
  if (!existsSync(file)) return isWal ? 'the file is gone, and only its write-ahead log is there' : undefined;
  if (statSync(file).isFile() && statSync(file).size === 0) return 'the file is empty';
  if (isWal && !isWalHeader(wal)) return 'its write-ahead log, where the newest changes are, has no valid header';
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return await damageInside(db, file, thorough);
  } catch (error) {
    if (isDamage(error)) return messageOf(error);
    throw error;
  } finally {
    db.close();
  }
}

async function damageInside(db: DatabaseSync, file: string, thorough: boolean): Promise<string | undefined> {
  const tables = new Set(textsOf(db, `SELECT name FROM sqlite_schema WHERE type = 'table'`));
  const id = Number(db.prepare('PRAGMA application_id').get()?.application_id);
  if (id !== APPLICATION_ID && (id !== 0 || (tables.size > 0 && !tables.has('kysely_migration')))) {
    const advice = 'Nothing was changed in it: give ledger.url the name of another file.';
    throw new MedicError('ledger_unusable', `${file} is a database of something else, not a ledger. ${advice}`);
  }
  if (tables.size === 0) return 'the file has no tables';
  if (!isOwnWal(db, file)) return 'its write-ahead log is that of another file';
  if (!tables.has('kysely_migration')) return 'it lacks the table kysely_migration';
  const applied = new Set(textsOf(db, 'SELECT name FROM kysely_migration'));
  // What a newer version wrote can only be judged, and made anew, by that.
  if ([...applied].some((name) => !(name in MIGRATIONS))) return undefined;
  const check = `${thorough ? 'integrity_check' : 'quick_check'}(${String(MAX_FINDINGS)})`;
  const isSmall = statSync(file).size < SMALL_BYTES;
  const findings = isSmall ? findingsOf(db, check) : await findingsInThread({ file, check });
  if (findings !== undefined) return findings;
  // One that is not up to date gets what it lacks by its migrations.
  const missing = applied.size < Object.keys(MIGRATIONS).length ? [] : await missingColumns(db);
  if (missing.length > 0) return `it lacks ${missing.slice(0, MAX_FINDINGS).join(', ')}`;
  return thorough ? brokenDocuments(db) : undefined;
}

function brokenDocuments(db: DatabaseSync): string | undefined {
  for (const { table, column } of columnsOf(db)) {
    if (!isDocument(table, column)) continue;
    const [broken] = textsOf(db, `SELECT count(*) FROM ${table} WHERE NOT json_valid(${column})`);
    if (broken !== '0') return `${String(broken)} documents of the table ${table} are no JSON`;
  }
  return undefined;
}

async function missingColumns(db: DatabaseSync): Promise<string[]> {
  const whole = new DatabaseSync(':memory:');
  try {
    await migrateDatabase(whole);
    const there = new Set(columnsOf(db).map(({ table, column }) => `${table}.${column}`));
    return columnsOf(whole).flatMap(({ table, column }) => {
      const name = `${table}.${column}`;
      return there.has(name) ? [] : [name];
    });
  } finally {
    whole.close();
  }
}

export function columnsOf(db: DatabaseSync): { readonly table: string; readonly column: string }[] {
  const columns = db.prepare(
    `SELECT t.name AS "table", c.name AS "column" FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'`,
  );
  return columns.all().map(({ table, column }) => ({ table: String(table), column: String(column) }));
}

/** Whether a column holds JSON. */
export function isDocument(table: string, column: string): boolean {
  return column.endsWith('_document') || (table === 'settings' && column === 'value');
}

/** Whether the file itself has the same identity as it has together with its write-ahead log. */
export function isOwnWal(db: DatabaseSync, file: string): boolean {
  const bytes = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, IDENTITY_OFFSET);
  } finally {
    closeSync(descriptor);
  }
  return bytes.readInt32BE() === Number(db.prepare('PRAGMA user_version').get()?.user_version);
}
