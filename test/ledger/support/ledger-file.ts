/** The file of a ledger, filled, and what can happen to it. */

import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { countEnded, noCounts } from '../../../src/core/name-counters.ts';
import { newRun } from '../../../src/core/resolve.ts';
import { NO_CHANGES } from '../../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../../src/ledger/sqlite/open.ts';
import { attempt, delivery, event, incident, notification, REPAIRS } from './incidents.ts';

/** Of the file, in bytes. */
export const PAGE = 8192;
export const RUNS = 300;

/** A ledger with something in every table, and with many pages. */
export async function fill(path: string): Promise<void> {
  const ledger = await openSqliteLedger(path);
  const keys = Array.from({ length: RUNS }, (_, i) => ({
    cluster: 'prod',
    jobId: i.toString(16).padStart(32, '0'),
    generation: 1,
  }));
  await ledger.commit({
    ...NO_CHANGES,
    runs: keys.map((key) => newRun(key, { startTime: 1_000 }, 'orders', 5)),
    removed: keys.map((key) => ({ ...key, cluster: 'old', startTimes: [1], endTime: 2, status: 'FAILED' as const })),
    names: [countEnded(noCounts('prod', 'orders'), 'FAILED')],
    events: keys.map((key) => ({
      ...key,
      at: 1,
      kind: 'seen' as const,
      rule: 'listed' as const,
      detail: 'x'.repeat(100),
    })),
    archiveFiles: keys.map((run) => {
      const where = { folder: '/f', path: `/f/${run.jobId}` };
      return { ...where, jobId: run.jobId, size: 1, mtimeMs: 2, state: 'indexed' as const, run };
    }),
    settings: new Map([['cluster/prod', '{"recoveries":3}']]),
  });
  const lease = await ledger.incidents.takeLease();
  await ledger.incidents.commitIncidents(lease, {
    incidents: [incident(1, keys[0]?.jobId ?? '', [attempt(1, 'x')])],
    repairs: [REPAIRS],
    events: [event(1, 1)],
    deliveries: [delivery('f')],
    notifications: [notification('n')],
    settings: new Map([
      ['restart/armed', '{"ledger":1}'],
      ['restart/paused', '{"prod":7}'],
      ['restart/next_incident', '2'],
    ]),
  });
  await ledger.close();
}

export function tamper(path: string, statement: string): void {
  const db = new DatabaseSync(path);
  db.enableDefensive(false);
  db.exec(statement);
  db.close();
}

/** Where the first page of a table or index begins. */
export function pageOf(path: string, name: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const page = Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.rootpage);
  db.close();
  return (page - 1) * PAGE;
}

export function overwritePageOf(path: string, name: string): void {
  overwrite(path, pageOf(path, name), PAGE);
}

/** Lets the first page of a table say that it has half as many cells, or none of one. */
export function halve(path: string, table: string): void {
  const bytes = readFileSync(path);
  const count = pageOf(path, table) + 3;
  bytes.writeUInt16BE(Math.floor(bytes.readUInt16BE(count) / 2), count);
  writeFileSync(path, bytes);
}

/** Makes it look as after a kill: what was written last is only in the write-ahead log. */
export function leaveWal(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA wal_autocheckpoint = 0; UPDATE runs SET job_name = 'changed'; CREATE TABLE more (a)`);
  db.exec('DROP TABLE more');
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, `${path}.copy${suffix}`);
  db.close();
  for (const suffix of ['', '-wal']) copyFileSync(`${path}.copy${suffix}`, path + suffix);
  for (const suffix of ['', '-wal']) rmSync(`${path}.copy${suffix}`);
}

export function overwrite(path: string, from: number, bytes: number): void {
  const content = readFileSync(path);
  content.fill(0xaa, from, from + bytes);
  writeFileSync(path, content);
}

/** Leaves it with the write-ahead log of another one. */
export async function takeForeignWal(path: string): Promise<void> {
  const other = `${path}.other`;
  await fill(other);
  leaveWal(other);
  copyFileSync(`${other}-wal`, `${path}-wal`);
  for (const suffix of ['', '-wal', '.lock']) rmSync(other + suffix, { force: true });
}
