/** Brings a ledger to the newest schema; refuses one that a newer flink-medic wrote. */

import { Migrator } from 'kysely/migration';
import { MedicError, messageOf } from '../core/errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { LedgerDatabase } from './schema.ts';

/** @throws MedicError `ledger_newer` or `ledger_unusable` */
export async function migrate(db: LedgerDatabase): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const known = new Set(Object.keys(MIGRATIONS));
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.some(({ name }) => name === 'kysely_migration')) {
    const applied = await db
      .selectFrom('kysely_migration' as never)
      .select('name' as never)
      .execute();
    const newer = (applied as { name: string }[]).find(({ name }) => !known.has(name));
    if (newer !== undefined) {
      const advice = 'Start that version again, or give this one another --storage.path.';
      throw new MedicError(
        'ledger_newer',
        `the ledger has the migration ${newer.name} of a newer flink-medic. ${advice}`,
      );
    }
  }
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new MedicError('ledger_unusable', `the ledger cannot be brought up to date: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
