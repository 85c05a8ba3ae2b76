/**
 * Opens the embedded ledger: WAL, every commit on disk before it returns, and one process only. The process holds an
 * exclusive lock on a small database beside the ledger: the kernel releases it however the process dies, and the ledger
 * itself stays readable for `sqlite3` and backups. A damaged file is refused, or made anew when that is ordered.
 */

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MedicError, messageOf } from '../../core/errors.ts';
import { damageOf } from './check.ts';
import { createDatabase, migrateDatabase, openDatabase } from './database.ts';
import { DAMAGE_ADVICE, isLocked } from './failures.ts';
import { finishRebuild, rebuild } from './rebuild.ts';
import { SqliteLedger } from './sqlite-ledger.ts';

export interface OpenOptions {
  /** A damaged file is put aside and made anew, at this time of our clock. Without it such a file is refused. */
  readonly rebuildAt?: number;
  readonly log?: { info(message: string): void; warn(message: string): void };
}

/**
 * @param file path of the database; it and its folder are created when they are not there
 * @throws MedicError `ledger_locked`, `ledger_newer` or `ledger_unusable`
 */
export async function openSqliteLedger(file: string, options: OpenOptions = {}): Promise<SqliteLedger> {
  const lock = holdLock(file);
  let db: DatabaseSync | undefined;
  try {
    await makeSound(file, options);
    db = openDatabase(file);
    await migrateDatabase(db);
    return new SqliteLedger(db, () => lock.close());
  } catch (error) {
    if (db?.isOpen === true) db.close();
    lock.close();
    throw unusable(file, error);
  }
}

/** Afterwards there is a file that can be opened. */
async function makeSound(file: string, { rebuildAt, log }: OpenOptions): Promise<void> {
  // Of a process that was killed meanwhile: the decision was made then.
  const aside = finishRebuild(file);
  if (aside !== undefined) {
    log?.warn(
      `an interrupted rebuild of the ledger ${file} is finished. What was not carried over is in the old file only, ` +
        `${aside}, and no run that ended before is restarted by itself.`,
    );
  }
  const damage = await damageOf(file, { thorough: rebuildAt !== undefined });
  if (damage === undefined) {
    if (existsSync(file)) {
      if (rebuildAt !== undefined) log?.info('the ledger is sound, so --ledger.rebuild did nothing: take it out again');
      return;
    }
    await createDatabase(file);
    log?.info(`there was no ledger: ${file} is new, and begins with what archives and JobManagers say`);
    return;
  }
  if (rebuildAt === undefined) {
    const advice = `Nothing was changed. ${DAMAGE_ADVICE}`;
    throw new MedicError('ledger_unusable', `the ledger ${file} is damaged: ${damage}. ${advice}`);
  }
  log?.warn(await rebuild(file, damage, rebuildAt));
}

function holdLock(file: string): DatabaseSync {
  const lockFile = `${file}.lock`;
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    lock = new DatabaseSync(lockFile);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (isLocked(error)) {
      const advice = 'One process at a time: stop the other one, or give this one another --storage.path.';
      throw new MedicError('ledger_locked', `another flink-medic has ${file} open. ${advice}`, { cause: error });
    }
    throw unusable(lockFile, error);
  }
}

function unusable(file: string, error: unknown): MedicError {
  if (error instanceof MedicError) return error;
  return new MedicError(
    'ledger_unusable',
    `cannot open the ledger ${file}: ${messageOf(error)}. Check permissions and free space.`,
    { cause: error },
  );
}
