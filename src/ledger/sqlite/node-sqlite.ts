/**
 * `node:sqlite` in the shape that Kysely's SQLite dialect wants of a driver, and a shorter way for what writes many rows:
 * to put a statement of so many rows together costs more than to run one a row that is prepared once. Once the database
 * has turned out to be damaged no transaction begins any more: what is read may go on, but nothing is done that has to be
 * written down first.
 */

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type { RowReader, RowWriter } from '../schema.ts';
import { isDamage } from './failures.ts';

export function kyselyDriver(db: DatabaseSync): SqliteDatabase & RowReader & RowWriter {
  const prepared = new Map<string, StatementSync>();
  let damage: unknown;
  const noticing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) damage ??= error;
      throw error;
    }
  };
  const statementOf = (sql: string): StatementSync => {
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    close: () => db.close(),
    writeRows(sql, rows) {
      noticing(() => {
        const statement = statementOf(sql);
        for (const row of rows) statement.run(...row);
      });
    },
    readRow: (sql, values) => noticing(() => statementOf(sql).get(...values)),
    prepare(sql): SqliteStatement {
      if (sql === 'begin' && damage !== undefined) throw damage;
      const statement = noticing(() => db.prepare(sql));
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => noticing(() => statement.all(...plain(parameters))),
        iterate: (parameters) => statement.iterate(...plain(parameters)),
        run: (parameters) => {
          // When the disk is full SQLite has rolled back by itself, and an error of doing it again would hide that.
          if (sql === 'rollback' && !db.isTransaction) return { changes: 0n, lastInsertRowid: 0n };
          const { changes, lastInsertRowid } = noticing(() => statement.run(...plain(parameters)));
          return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) };
        },
      };
    },
  };
}

/** Only what SQLite stores: an object as the first parameter would silently be taken for named parameters. */
function plain(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      return value;
    }
    throw new TypeError(`not a SQLite value: ${typeof value}`);
  });
}
