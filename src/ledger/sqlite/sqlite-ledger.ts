/** The ledger on an embedded database. Kept as small as it can be: one query a file in `../queries/`. */

import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { NameCounters } from '../../core/name-counters.ts';
import type { Run, RunEvent, RunKey, Tombstone } from '../../core/run.ts';
import { sharedValues } from '../../core/shared-values.ts';
import { sleepingRuns } from '../../core/sleeping-run.ts';
import type { IncidentLedger } from '../incident-ledger.ts';
import type { ArchiveFile, Ledger, LedgerChanges, LedgerContents } from '../ledger.ts';
import { deleteArchiveFiles } from '../queries/delete-archive-files.ts';
import { deleteSettings } from '../queries/delete-settings.ts';
import { insertEvents } from '../queries/insert-events.ts';
import { insertNotifications } from '../queries/insert-notifications.ts';
import { removeRuns } from '../queries/remove-runs.ts';
import { selectArchiveFiles, selectArchiveFolders } from '../queries/select-archive-files.ts';
import { selectEvents } from '../queries/select-events.ts';
import { selectNameCounters, selectNameCountersWithRuns } from '../queries/select-name-counters.ts';
import { readRun } from '../queries/read-run.ts';
import { selectRuns } from '../queries/select-runs.ts';
import { selectSettings } from '../queries/select-settings.ts';
import { selectTombstones } from '../queries/select-tombstones.ts';
import { trimEvents } from '../queries/trim-events.ts';
import { upsertArchiveFiles } from '../queries/upsert-archive-files.ts';
import { upsertNameCounters } from '../queries/upsert-name-counters.ts';
import { upsertRuns } from '../queries/upsert-runs.ts';
import { upsertSettings } from '../queries/upsert-settings.ts';
import type { LedgerDatabase, RowReader, RowWriter } from '../schema.ts';
import { kyselyOf } from './database.ts';
import { cannotRead, cannotWrite } from './failures.ts';
import { kyselyDriver } from './node-sqlite.ts';
import { SqliteIncidentLedger } from './sqlite-incident-ledger.ts';

/** Some ten milliseconds. */
const FILES_PER_TURN = 10_000;

export class SqliteLedger implements Ledger {
  readonly incidents: IncidentLedger;
  readonly #file: DatabaseSync;
  readonly #db: LedgerDatabase;
  readonly #reader: RowReader;
  readonly #writer: RowWriter;
  readonly #release: () => void;

  constructor(file: DatabaseSync, release: () => void) {
    const driver = kyselyDriver(file);
    const db = kyselyOf(driver);
    this.incidents = new SqliteIncidentLedger(db);
    this.#file = file;
    this.#db = db;
    this.#reader = driver;
    this.#writer = driver;
    this.#release = release;
  }

  load(read = (key: RunKey): Run => this.run(key)): Promise<LedgerContents> {
    return this.#db
      .transaction()
      .execute(async (transaction) => {
        const values = sharedValues();
        const sleeping = sleepingRuns(read);
        const runs = selectRuns(this.#file, values, sleeping);
        return {
          runs,
          names: selectNameCountersWithRuns(this.#file, runs, values),
          folders: selectArchiveFolders(this.#file),
          settings: await selectSettings(transaction),
        };
      })
      .catch(cannotRead);
  }

  async archiveFiles(folder: string): Promise<ArchiveFile[]> {
    const values = sharedValues();
    const files: ArchiveFile[] = [];
    try {
      for (;;) {
        const some = selectArchiveFiles(this.#file, folder, files.at(-1), FILES_PER_TURN, values);
        for (const file of some) files.push(file);
        if (some.length < FILES_PER_TURN) return files;
        await setImmediate();
      }
    } catch (error) {
      return cannotRead(error);
    }
  }

  commit(changes: LedgerChanges): Promise<void> {
    return this.#db
      .transaction()
      .execute(async (transaction) => {
        upsertRuns(this.#writer, changes.runs);
        await removeRuns(transaction, changes.removed);
        upsertNameCounters(this.#writer, changes.names);
        insertEvents(this.#writer, changes.events);
        await deleteArchiveFiles(transaction, changes.removedArchiveFiles);
        upsertArchiveFiles(this.#writer, changes.archiveFiles);
        await deleteSettings(transaction, changes.removedSettings);
        await upsertSettings(transaction, changes.settings);
        await insertNotifications(transaction, changes.notifications);
      })
      .catch(cannotWrite);
  }

  async recall(
    cluster: string,
    jobIds: readonly string[],
    names: readonly string[],
  ): Promise<{ tombstones: Tombstone[]; names: NameCounters[] }> {
    return {
      tombstones: await selectTombstones(this.#db, cluster, jobIds).catch(cannotRead),
      names: await selectNameCounters(this.#db, cluster, names).catch(cannotRead),
    };
  }

  run(key: RunKey): Run {
    try {
      return readRun(this.#reader, key);
    } catch (error) {
      return cannotRead(error);
    }
  }

  events(key: RunKey): Promise<RunEvent[]> {
    return selectEvents(this.#db, key).catch(cannotRead);
  }

  pruneEvents(keep: { readonly olderThan: number; readonly newest: number }): Promise<number> {
    return this.#db
      .transaction()
      .execute((transaction) => trimEvents(transaction, keep))
      .catch(cannotWrite);
  }

  async close(): Promise<void> {
    await this.#db.destroy();
    this.#release();
  }
}
