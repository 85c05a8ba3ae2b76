/** The tables, as Kysely sees them, and what writes into them. Times are integer milliseconds, `…_document` columns hold JSON. */

import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
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
  incidents: {
    id: number;
    cluster: string;
    job_id: string;
    generation: number;
    job_name: string;
    state: string;
    opened_at: number;
    closed_at: number | null;
    /** Without the attempts. */
    incident_document: string;
  };
  attempts: {
    incident: number;
    number: number;
    cluster: string;
    job_id: string;
    state: string;
    attempt_document: string;
  };
  job_repairs: { cluster: string; job_name: string; repairs_document: string };
  incident_events: {
    id: Generated<number>;
    incident: number;
    at: number;
    kind: string;
    reason: string | null;
    detail: string;
  };
  deliveries: {
    fingerprint: string;
    starts_at: number;
    status: string;
    alertname: string;
    cluster: string;
    job_name: string;
    job_id: string;
    first_at: number;
    last_at: number;
    count: number;
    outcome: string;
    reason: string | null;
    incident: number | null;
  };
  notifications: {
    sequence: Generated<number>;
    id: string;
    url: string;
    event: string;
    created_at: number;
    tries: number;
    next_try_at: number;
    body: string;
  };
}

export type LedgerDatabase = Kysely<LedgerSchema>;

/** A way to one row without waiting. */
export interface RowReader {
  /** @param sql one of few texts, because what it was prepared to is kept */
  readRow(sql: string, values: SQLInputValue[]): Readonly<Record<string, SQLOutputValue>> | undefined;
}

/** A short way for many rows, within a transaction of the same database. */
export interface RowWriter {
  /** @param sql writes one row; one of few texts, because what it was prepared to is kept. */
  writeRows(sql: string, rows: readonly SQLInputValue[][]): void;
}
