/** Restarts: incidents with their attempts and stories, what is remembered of jobs, alerts that arrived, messages to send. */

import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const incidents: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      // One outage, one incident: two for one end of a run cannot be stored.
      sql`CREATE TABLE incidents (
        id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, job_id TEXT NOT NULL, generation INTEGER NOT NULL,
        job_name TEXT NOT NULL, state TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER,
        incident_document TEXT NOT NULL,
        UNIQUE (cluster, job_id, generation)
      ) STRICT`,
      sql`CREATE TABLE attempts (
        incident INTEGER NOT NULL REFERENCES incidents ON DELETE CASCADE, number INTEGER NOT NULL,
        cluster TEXT NOT NULL, job_id TEXT NOT NULL, state TEXT NOT NULL, attempt_document TEXT NOT NULL,
        PRIMARY KEY (incident, number)
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE TABLE job_repairs (
        cluster TEXT NOT NULL, job_name TEXT NOT NULL, repairs_document TEXT NOT NULL,
        PRIMARY KEY (cluster, job_name)
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE TABLE incident_events (
        id INTEGER PRIMARY KEY, incident INTEGER NOT NULL REFERENCES incidents ON DELETE CASCADE,
        at INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT, detail TEXT NOT NULL
      ) STRICT`,
      sql`CREATE INDEX incident_events_of_incident ON incident_events (incident)`,
      sql`CREATE TABLE deliveries (
        fingerprint TEXT NOT NULL, starts_at INTEGER NOT NULL, status TEXT NOT NULL, alertname TEXT NOT NULL,
        cluster TEXT NOT NULL, job_name TEXT NOT NULL, job_id TEXT NOT NULL,
        first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, count INTEGER NOT NULL,
        outcome TEXT NOT NULL, reason TEXT, incident INTEGER REFERENCES incidents ON DELETE CASCADE,
        PRIMARY KEY (fingerprint, starts_at)
      ) STRICT, WITHOUT ROWID`,
      sql`CREATE INDEX deliveries_of_incident ON deliveries (incident)`,
      sql`CREATE INDEX deliveries_by_time ON deliveries (last_at)`,
      sql`CREATE TABLE notifications (
        sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, url TEXT NOT NULL, event TEXT NOT NULL,
        created_at INTEGER NOT NULL, tries INTEGER NOT NULL, next_try_at INTEGER NOT NULL, body TEXT NOT NULL,
        UNIQUE (id, url)
      ) STRICT`,
      sql`CREATE INDEX notifications_due ON notifications (url, next_try_at)`,
    ];
    for (const statement of statements) await statement.execute(db);
  },
};
