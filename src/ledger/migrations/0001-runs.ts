/** First schema: runs, what stays of them, the index of archive files, the audit and settings. */

import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const runs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      sql`CREATE TABLE runs (
        cluster TEXT NOT NULL, job_id TEXT NOT NULL, generation INTEGER NOT NULL,
        job_name TEXT NOT NULL, ended_at INTEGER, final_status TEXT, run_document TEXT NOT NULL,
        PRIMARY KEY (cluster, job_id, generation),
        CHECK ((ended_at IS NULL) = (final_status IS NULL))
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE TABLE tombstones (
        cluster TEXT NOT NULL, job_id TEXT NOT NULL, generation INTEGER NOT NULL,
        start_times TEXT NOT NULL, ended_at INTEGER NOT NULL, final_status TEXT NOT NULL,
        PRIMARY KEY (cluster, job_id, generation)
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE TABLE name_counters (
        cluster TEXT NOT NULL, job_name TEXT NOT NULL,
        finished INTEGER NOT NULL, failed INTEGER NOT NULL, canceled INTEGER NOT NULL, vanished INTEGER NOT NULL,
        PRIMARY KEY (cluster, job_name)
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE TABLE archive_files (
        folder TEXT NOT NULL, path TEXT NOT NULL, job_id TEXT NOT NULL, cluster_folder TEXT,
        size INTEGER NOT NULL, mtime_ms INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT,
        outcome_document TEXT, cluster TEXT, generation INTEGER,
        PRIMARY KEY (folder, path)
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE TABLE events (
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL,
        cluster TEXT NOT NULL, job_id TEXT NOT NULL, generation INTEGER NOT NULL,
        kind TEXT NOT NULL, rule TEXT NOT NULL, detail TEXT NOT NULL
      ) STRICT`,
      sql`CREATE INDEX events_of_run ON events (cluster, job_id, generation)`,
      sql`CREATE INDEX events_by_time ON events (at)`,
      sql`CREATE TABLE settings (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    ];
    for (const statement of statements) await statement.execute(db);
  },
};
