/** What is kept in memory of an ended run, in columns of its own: a start would otherwise look into every document. */

import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Of ended runs; of others it is null. */
const ofEnded = (value: string): string =>
  `GENERATED ALWAYS AS (CASE WHEN ended_at IS NOT NULL THEN ${value} END) STORED`;
const WRITTEN = 'cluster, job_id, generation, job_name, ended_at, final_status, run_document';

export const endedRuns: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      // Before the document, because what lies behind it may lie in another page.
      `CREATE TABLE runs_with_ends (
        cluster TEXT NOT NULL, job_id TEXT NOT NULL, generation INTEGER NOT NULL,
        job_name TEXT NOT NULL, ended_at INTEGER, final_status TEXT,
        final_source TEXT ${ofEnded(`json_extract(run_document, '$.final.source')`)},
        recorded_at INTEGER ${ofEnded(`json_extract(run_document, '$.final.recordedAt')`)},
        started_at INTEGER ${ofEnded(`json_extract(run_document, '$.startTimes[0]')`)},
        more_starts TEXT ${ofEnded(`CASE WHEN json_array_length(run_document, '$.startTimes') > 1
          THEN json_extract(run_document, '$.startTimes') END`)},
        archive TEXT ${ofEnded(`json_extract(run_document, '$.archive')`)},
        run_document TEXT NOT NULL,
        PRIMARY KEY (cluster, job_id, generation),
        CHECK ((ended_at IS NULL) = (final_status IS NULL))
      ) STRICT, WITHOUT ROWID`,
      `INSERT INTO runs_with_ends (${WRITTEN}) SELECT ${WRITTEN} FROM runs`,
      `DROP TABLE runs`,
      `ALTER TABLE runs_with_ends RENAME TO runs`,
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
