/** The tables, as Kysely sees them. Times are integer milliseconds, `…_document` columns hold JSON. */

import type { Generated, Kysely } from 'kysely';

export interface LedgerSchema {
  runs: {
    cluster: string;
    job_id: string;
    generation: number;
    job_name: string;
    ended_at: number | null;
    final_status: string | null;
    run_document: string;
  };
  tombstones: {
    cluster: string;
    job_id: string;
    generation: number;
    start_times: string;
    ended_at: number;
    final_status: string;
  };
  name_counters: {
    cluster: string;
    job_name: string;
    finished: number;
    failed: number;
    canceled: number;
    vanished: number;
  };
  archive_files: {
    folder: string;
    path: string;
    job_id: string;
    cluster_folder: string | null;
    size: number;
    mtime_ms: number;
    state: string;
    reason: string | null;
    outcome_document: string | null;
    cluster: string | null;
    generation: number | null;
  };
  events: {
    id: Generated<number>;
    at: number;
    cluster: string;
    job_id: string;
    generation: number;
    kind: string;
    rule: string;
    detail: string;
  };
  settings: { key: string; value: string };
}

export type LedgerDatabase = Kysely<LedgerSchema>;
