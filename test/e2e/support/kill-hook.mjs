/**
 * Kills flink-medic where a crash could hurt: at the commit of what it wrote down of restarts.
 *
 *     FLINK_MEDIC_COMMITS=FILE [FLINK_MEDIC_KILL_AT='before NAME'] node --import ./kill-hook.mjs dist/main.js serve …
 *
 * Every transaction that writes into a table of restarts has a name: its tables in the order of writing, each with what
 * happened (`incidents=submitting attempts=sending incident_events=sending`). FILE gets a line "before NAME" and a line
 * "after NAME" for each, so that a test can first list the points and then kill at every one of them; when the line that
 * FLINK_MEDIC_KILL_AT names is written for the first time, the process gets SIGKILL there. `kill-points.ts` calls it.
 */

import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Tables of migration 0002, with the column that says what happened. */
const TABLES = {
  incidents: 'state',
  attempts: 'state',
  job_repairs: undefined,
  incident_events: 'kind',
  deliveries: 'outcome',
  notifications: 'event',
};
const { FLINK_MEDIC_COMMITS: file = '/dev/null', FLINK_MEDIC_KILL_AT: killAt } = process.env;

/** What each database has written in its open transaction; absent outside of one. @type {WeakMap<DatabaseSync, string[]>} */
const open = new WeakMap();

const { prepare, exec } = DatabaseSync.prototype;

/** @param {string} sql */
DatabaseSync.prototype.prepare = function prepareWatched(sql, ...options) {
  const statement = Reflect.apply(prepare, this, [sql, ...options]);
  for (const method of ['run', 'all']) {
    const original = statement[method];
    statement[method] = (...parameters) =>
      watched(this, sql, parameters, () => Reflect.apply(original, statement, parameters));
  }
  return statement;
};

/** @param {string} sql */
DatabaseSync.prototype.exec = function execWatched(sql) {
  watched(this, sql, [], () => Reflect.apply(exec, this, [sql]));
};

/**
 * @template T
 * @param {DatabaseSync} db
 * @param {string} sql
 * @param {unknown[]} parameters
 * @param {() => T} execute
 * @returns {T}
 */
function watched(db, sql, parameters, execute) {
  const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase();
  if (verb === 'begin') open.set(db, []);
  if (verb === 'rollback') open.delete(db);
  const written = writtenBy(sql, parameters);
  const transaction = open.get(db);
  if (verb !== 'commit' && transaction !== undefined) {
    const result = execute();
    // A deletion of nothing is no news.
    if (written !== undefined && Number(result?.changes) !== 0) transaction.push(written);
    return result;
  }
  // A commit, or a statement that is a transaction of its own.
  const name = (transaction ?? [written].filter((one) => one !== undefined)).join(' ');
  open.delete(db);
  if (name === '') return execute();
  pass(`before ${name}`);
  const result = execute();
  pass(`after ${name}`);
  return result;
}

/** @param {string} point */
function pass(point) {
  appendFileSync(file, `${point}\n`);
  if (point === killAt) process.kill(process.pid, 'SIGKILL');
}

/**
 * @param {string} sql
 * @param {unknown[]} parameters
 */
function writtenBy(sql, parameters) {
  const [, verb = '', table = '', rest = ''] =
    /^\s*(insert(?: or \w+)? into|replace into|update|delete from)\s+"?(\w+)"?(.*)/is.exec(sql) ?? [];
  if (!Object.hasOwn(TABLES, table)) return undefined;
  if (/^delete/i.test(verb)) return `-${table}`;
  const column = TABLES[table];
  const columns = /^\s*\(([^)]*)\)/
    .exec(rest)?.[1]
    ?.split(',')
    .map((name) => name.trim().replaceAll('"', ''));
  const at = columns?.indexOf(column) ?? -1;
  if (columns === undefined || at < 0) return table;
  const values = parameters.filter((_, index) => index % columns.length === at);
  return `${table}=${values.join(',')}`;
}
