/**
 * Carries over what can be read of a damaged ledger, where that is sound. What counts runs comes over as a whole or not at
 * all: a run that is missing among the others would be counted a second time when its archive is read again. Incidents
 * name runs by their generation, so they only come over with these. Since when restarts are armed never comes over: of a
 * failure whose incident may be lost nobody can say that it was not answered. Called by `rebuild.ts`.
 */

import { pathToFileURL } from 'node:url';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { MedicError, messageOf } from '../../core/errors.ts';
import type { LedgerContents } from '../ledger.ts';
import { columnsOf, isDocument, isOwnWal } from './check.ts';
import { isRefusedRow } from './failures.ts';
import { findingsOf } from './findings.ts';

/** As the ends of "Carried over: " and "Lost: ". */
export interface Salvaged {
  readonly carried: readonly string[];
  readonly lost: readonly string[];
}

const REBUILT_AT = 'ledger/rebuilt_at';

/** Keys of `restart-settings.ts` and `run-memory.ts`. */
const ARMED = 'restart/armed';
const CLUSTERS = 'cluster/*';
/** What only holds restarts back, so that it is sound without the rest. */
const HOLDS = ['restart/paused', 'restart/breaker/*'];

/** When the ledger was last made anew; our clock, milliseconds. */
export function rebuiltAt({ settings }: Pick<LedgerContents, 'settings'>): number | undefined {
  const value = settings.get(REBUILT_AT);
  return value === undefined ? undefined : Number(value);
}

/**
 * @param file the damaged ledger; only read
 * @param into a new one
 * @throws MedicError `ledger_unusable` when the new one cannot be written
 */
export function salvage(file: string, into: DatabaseSync, at: number): Salvaged {
  const carried: string[] = [];
  const lost: string[] = [];
  const note = ({ rows, error }: Copied, what: string): boolean => {
    if (rows > 0 || error === undefined) carried.push(`${String(rows)} ${what}`);
    if (error !== undefined) lost.push(`${rows > 0 ? 'the other' : 'the'} ${what} (${error})`);
    return error === undefined;
  };
  into.exec('BEGIN');
  try {
    using from = openDamaged(file);
    const whole = (...tables: string[]): Copied => copyWhole(from, into, tables);
    const readable = (table: string): Copied => copyReadable(from, into, table);
    const settings = note(whole('settings'), 'settings');
    if (!settings) note(copyHolds(from, into), 'pauses and breakers');
    note(whole('job_repairs'), 'budgets of jobs');
    const runs = note(whole('runs', 'tombstones', 'name_counters', 'archive_files'), 'runs, archives and counters');
    const incidents = note(
      runs && settings ? whole('incidents', 'attempts') : without(runs ? 'settings' : 'runs'),
      'incidents and attempts',
    );
    note(runs ? readable('events') : without('runs'), 'entries of the audit');
    note(runs ? readable('notifications') : without('runs'), 'messages to receivers');
    note(incidents ? readable('incident_events') : without('incidents'), 'entries of their stories');
    note(incidents ? readable('deliveries') : without('incidents'), 'alerts');
    if (!runs) into.prepare('DELETE FROM settings WHERE key GLOB ?').run(CLUSTERS);
  } catch (error) {
    if (error instanceof MedicError) throw error;
    // Not even the list of its tables can be read.
    lost.push(`everything (${messageOf(error)})`);
  }
  into.prepare('DELETE FROM settings WHERE key = ?').run(ARMED);
  into.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(REBUILT_AT, String(at));
  into.exec('COMMIT');
  return { carried, lost };
}

function openDamaged(file: string): DatabaseSync {
  const whole = new DatabaseSync(file, { readOnly: true });
  whole.enableDefensive(false);
  // Otherwise nothing is read of a file that is shorter than it says.
  whole.exec('PRAGMA writable_schema = ON');
  if (isOwnWal(whole, file)) return whole;
  whole.close();
  const url = pathToFileURL(file);
  url.search = '?mode=ro&immutable=1';
  return new DatabaseSync(url);
}

interface Copied {
  readonly rows: number;
  /** Why not all; absent when it is all. */
  readonly error?: string;
}

function without(what: string): Copied {
  return { rows: 0, error: `lost with the ${what}` };
}

function copyWhole(from: DatabaseSync, into: DatabaseSync, tables: readonly string[]): Copied {
  into.exec('SAVEPOINT whole');
  let rows = 0;
  for (const table of tables) {
    const copied = copyReadable(from, into, table);
    if (copied.error === undefined) {
      rows += copied.rows;
      continue;
    }
    into.exec('ROLLBACK TO whole; RELEASE whole');
    return { rows: 0, error: copied.error };
  }
  into.exec('RELEASE whole');
  return { rows };
}

/** Row by row, until one cannot be read or is not what the table holds. */
function copyReadable(from: DatabaseSync, into: DatabaseSync, table: string): Copied {
  const columns = columnsOf(into).flatMap((other) => (other.table === table ? [other.column] : []));
  const names = columns.join(', ');
  const insert = into.prepare(`INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`);
  const documents = columns.filter((column) => isDocument(table, column));
  let rows = 0;
  try {
    // An index may be what is damaged.
    const select = from.prepare(`SELECT ${names} FROM ${table} NOT INDEXED`);
    select.setReadBigInts(true);
    for (const row of select.iterate()) {
      for (const column of documents) JSON.parse(String(row[column]));
      store(() => insert.run(...columns.map((column): SQLOutputValue => row[column] ?? null)));
      rows += 1;
    }
    // A page that lost rows reads as if it had never had them.
    const findings = findingsOf(from, `quick_check(${table})`);
    return { rows, ...(findings !== undefined && { error: findings }) };
  } catch (error) {
    if (error instanceof MedicError) throw error;
    return { rows, error: messageOf(error) };
  }
}

/** Each by its key, so that a page with others does not matter. */
function copyHolds(from: DatabaseSync, into: DatabaseSync): Copied {
  const insert = into.prepare('INSERT INTO settings (key, value) VALUES (?, ?)');
  let rows = 0;
  let error: string | undefined;
  for (const pattern of HOLDS) {
    try {
      for (const { key, value } of from.prepare('SELECT key, value FROM settings WHERE key GLOB ?').iterate(pattern)) {
        JSON.parse(String(value));
        store(() => insert.run(String(key), String(value)));
        rows += 1;
      }
    } catch (failure) {
      if (failure instanceof MedicError) throw failure;
      error = messageOf(failure);
    }
  }
  return { rows, ...(error !== undefined && { error }) };
}

/** A new ledger that cannot be written is no reason to leave anything behind. */
function store(insert: () => unknown): void {
  try {
    insert();
  } catch (error) {
    if (isRefusedRow(error)) throw error;
    throw new MedicError('ledger_unusable', `the ledger cannot be made anew: ${messageOf(error)}`, { cause: error });
  }
}
