/** The tables of the ledger in memory, with what was asked of them and which of it no index answers. */

import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { onTestFinished } from 'vitest';
import { migrate } from '../../../src/ledger/migrate.ts';
import type { LedgerSchema } from '../../../src/ledger/schema.ts';
import { kyselyDriver } from '../../../src/ledger/sqlite/node-sqlite.ts';

export async function database() {
  const sqlite = new DatabaseSync(':memory:');
  const statements: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];
  const driver = kyselyDriver(sqlite);
  const db = new Kysely<LedgerSchema>({
    dialect: new SqliteDialect({ database: driver }),
    log: ({ query }) => void statements.push(query),
  });
  onTestFinished(() => db.destroy());
  await migrate(db);
  statements.length = 0;
  const scans = (): string[] =>
    statements.flatMap(({ sql, parameters }) =>
      sqlite
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...(parameters as string[]))
        .map(({ detail }) => String(detail))
        .filter((detail) => /^SCAN (?!\d+-ROW VALUES)/.test(detail)),
    );
  return { db, file: sqlite, writer: driver, statements, scans };
}
