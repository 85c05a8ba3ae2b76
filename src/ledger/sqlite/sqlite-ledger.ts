/** The ledger on an embedded database. Kept as small as it can be: one query a file in `../queries/`. */

import { MedicError, messageOf } from '../../core/errors.ts';
import type { NameCounters } from '../../core/name-counters.ts';
import type { RunEvent, RunKey, Tombstone } from '../../core/run.ts';
import type { Ledger, LedgerChanges, LedgerContents } from '../ledger.ts';
import { deleteArchiveFiles } from '../queries/delete-archive-files.ts';
import { insertEvents } from '../queries/insert-events.ts';
import { removeRuns } from '../queries/remove-runs.ts';
import { selectArchiveFiles } from '../queries/select-archive-files.ts';
import { selectEvents } from '../queries/select-events.ts';
import { selectNameCounters, selectNameCountersWithRuns } from '../queries/select-name-counters.ts';
import { selectRuns } from '../queries/select-runs.ts';
import { selectSettings } from '../queries/select-settings.ts';
import { selectTombstones } from '../queries/select-tombstones.ts';
import { upsertArchiveFiles } from '../queries/upsert-archive-files.ts';
import { upsertNameCounters } from '../queries/upsert-name-counters.ts';
import { upsertRuns } from '../queries/upsert-runs.ts';
import { upsertSettings } from '../queries/upsert-settings.ts';
import type { LedgerDatabase } from '../schema.ts';

export class SqliteLedger implements Ledger {
  readonly #db: LedgerDatabase;
  readonly #release: () => void;

  constructor(db: LedgerDatabase, release: () => void) {
    this.#db = db;
    this.#release = release;
  }

  async load(): Promise<LedgerContents> {
    try {
      return {
        runs: await selectRuns(this.#db),
        names: await selectNameCountersWithRuns(this.#db),
        archiveFiles: await selectArchiveFiles(this.#db),
        settings: await selectSettings(this.#db),
      };
    } catch (error) {
      const advice = 'The file is damaged: move it away, or restore it from a backup.';
      throw new MedicError('ledger_unusable', `the ledger cannot be read: ${messageOf(error)}. ${advice}`, {
        cause: error,
      });
    }
  }

  async commit(changes: LedgerChanges): Promise<void> {
    try {
      await this.#db.transaction().execute(async (transaction) => {
        await upsertRuns(transaction, changes.runs);
        await removeRuns(transaction, changes.removed);
        await upsertNameCounters(transaction, changes.names);
        await insertEvents(transaction, changes.events);
        await deleteArchiveFiles(transaction, changes.removedArchiveFiles);
        await upsertArchiveFiles(transaction, changes.archiveFiles);
        await upsertSettings(transaction, changes.settings);
      });
    } catch (error) {
      throw new MedicError('ledger_write', `the ledger cannot be written: ${messageOf(error)}`, { cause: error });
    }
  }

  async recall(
    cluster: string,
    jobIds: readonly string[],
    names: readonly string[],
  ): Promise<{ tombstones: Tombstone[]; names: NameCounters[] }> {
    return {
      tombstones: await selectTombstones(this.#db, cluster, jobIds),
      names: await selectNameCounters(this.#db, cluster, names),
    };
  }

  events(key: RunKey): Promise<RunEvent[]> {
    return selectEvents(this.#db, key);
  }

  async pruneEvents(olderThan: number): Promise<void> {
    await this.#db.deleteFrom('events').where('at', '<', olderThan).execute();
  }

  async close(): Promise<void> {
    await this.#db.destroy();
    this.#release();
  }
}
