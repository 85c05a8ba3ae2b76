/** Deletions take a statement for many rows, and each finds its rows by an index. */

import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../../src/ledger/migrate.ts';
import { deleteArchiveFiles } from '../../../src/ledger/queries/delete-archive-files.ts';
import { removeRuns } from '../../../src/ledger/queries/remove-runs.ts';
import type { LedgerSchema } from '../../../src/ledger/schema.ts';
import { kyselyDriver } from '../../../src/ledger/sqlite/node-sqlite.ts';

async function database() {
  const sqlite = new DatabaseSync(':memory:');
  const statements: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];
  const db = new Kysely<LedgerSchema>({
    dialect: new SqliteDialect({ database: kyselyDriver(sqlite) }),
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
        .filter((detail) => /^SCAN (runs|events|archive_files)\b/.test(detail)),
    );
  return { db, statements, scans };
}

const ids = Array.from({ length: 1_000 }, (_value, index) => String(index));

it('removes runs', async () => {
  const { db, statements, scans } = await database();
  await removeRuns(
    db,
    ids.map((jobId) => ({
      cluster: 'prod',
      jobId,
      generation: 1,
      startTimes: [1],
      endTime: 2,
      status: 'FAILED',
    })),
  );
  expect(statements.length).toBeLessThanOrEqual(15);
  expect(scans()).toEqual([]);
});

it('removes archive files', async () => {
  const { db, statements, scans } = await database();
  await deleteArchiveFiles(
    db,
    ids.map((path) => ({ folder: '/f', path })),
  );
  expect(statements.length).toBeLessThanOrEqual(5);
  expect(scans()).toEqual([]);
});
