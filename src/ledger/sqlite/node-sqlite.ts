/** `node:sqlite` in the shape that Kysely's SQLite dialect wants of a driver. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

export function kyselyDriver(db: DatabaseSync): SqliteDatabase {
  return {
    close: () => db.close(),
    prepare(sql): SqliteStatement {
      const statement = db.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...plain(parameters)),
        iterate: (parameters) => statement.iterate(...plain(parameters)),
        run: (parameters) => {
          // When the disk is full SQLite has rolled back by itself, and an error of doing it again would hide that.
          if (sql === 'rollback' && !db.isTransaction) return { changes: 0n, lastInsertRowid: 0n };
          const { changes, lastInsertRowid } = statement.run(...plain(parameters));
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
