/** A damaged ledger: refused as it is, or put aside and made anew with what can be carried over. */

import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageOf } from '../../src/core/errors.ts';
import { countEnded, noCounts } from '../../src/core/name-counters.ts';
import { newRun } from '../../src/core/resolve.ts';
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { attempt, delivery, event, incident, notification, REPAIRS } from './support/incidents.ts';

const AT = Date.UTC(2030, 0, 2, 3, 4, 5, 678);
const ASIDE = 'medic.db.damaged-20300102T030405.678Z';
const PAGE = 8192;
const RUNS = 300;

let folder: string;
let file: string;
let log: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medic-rebuild-'));
  file = join(folder, 'medic.db');
  log = [];
  await fill(file);
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A ledger with something in every table, and with many pages. */
async function fill(path: string): Promise<void> {
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

function tamper(statement: string, path = file): void {
  const db = new DatabaseSync(path);
  db.enableDefensive(false);
  db.exec(statement);
  db.close();
}

/** Where the first page of a table or index begins. */
function pageOf(name: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  const page = Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.rootpage);
  db.close();
  return (page - 1) * PAGE;
}

function overwritePageOf(name: string): void {
  overwrite(pageOf(name), PAGE);
}

/** Lets the first page of a table say that it has half as many cells, or none of one. */
function halve(table: string): void {
  const bytes = readFileSync(file);
  const count = pageOf(table) + 3;
  bytes.writeUInt16BE(Math.floor(bytes.readUInt16BE(count) / 2), count);
  writeFileSync(file, bytes);
}

/** Makes it look as after a kill: what was written last is only in the write-ahead log. */
function leaveWal(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA wal_autocheckpoint = 0; UPDATE runs SET job_name = 'changed'; CREATE TABLE more (a)`);
  db.exec('DROP TABLE more');
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, `${path}.copy${suffix}`);
  db.close();
  for (const suffix of ['', '-wal']) copyFileSync(`${path}.copy${suffix}`, path + suffix);
  for (const suffix of ['', '-wal']) rmSync(`${path}.copy${suffix}`);
}

/** Opens it with `--ledger.rebuild`; what is in it then. */
async function rebuilt(): Promise<{ runs: number; incidents: number; names: number; settings: string[] }> {
  const ledger = await openSqliteLedger(file, {
    rebuildAt: AT,
    log: { info: (message) => log.push(`info ${message}`), warn: (message) => log.push(`warn ${message}`) },
  });
  const { runs, names, settings } = await ledger.load();
  const { incidents } = await ledger.incidents.loadIncidents();
  await ledger.close();
  const keys = [...settings.keys()].toSorted();
  return { runs: runs.length, incidents: incidents.length, names: names.length, settings: keys };
}

const ALL_SETTINGS = ['cluster/prod', 'lease', 'ledger/rebuilt_at', 'restart/next_incident', 'restart/paused'];
const EVERYTHING = { runs: RUNS, incidents: 1, names: 1, settings: ALL_SETTINGS };
const NO_RUNS = {
  runs: 0,
  incidents: 0,
  names: 0,
  settings: ALL_SETTINGS.filter((key) => !key.startsWith('cluster/')),
};
const NOTHING = { runs: 0, incidents: 0, names: 0, settings: ['ledger/rebuilt_at'] };
const NO_INCIDENTS = { ...EVERYTHING, incidents: 0 };

const DAMAGES: readonly [string, () => unknown, RegExp, object][] = [
  ['a text', () => writeFileSync(file, 'once upon a time '.repeat(1_000)), /not a database/, NOTHING],
  ['empty', () => truncateSync(file), /is empty/, NOTHING],
  ['an empty database', () => (rmSync(file), tamper('VACUUM')), /no tables|is empty/, NOTHING],
  ['cut off after its first page', () => truncateSync(file, PAGE), /malformed|Tree|schema/, NOTHING],
  ['cut off in the middle', () => truncateSync(file, PAGE * Math.floor(statSync(file).size / PAGE / 2)), /./, NO_RUNS],
  ['damaged in its header', () => overwrite(0, 100), /not a database/, NOTHING],
  ['damaged in the table of runs', () => overwritePageOf('runs'), /./, NO_RUNS],
  ['damaged in the counters', () => overwritePageOf('name_counters'), /./, NO_RUNS],
  ['short of some runs, in a page that can be read', () => halve('runs'), /Fragmentation/, NO_RUNS],
  ['short of its counters, in a page that can be read', () => halve('name_counters'), /Fragmentation/, NO_RUNS],
  ['damaged in the incidents', () => overwritePageOf('incidents'), /./, NO_INCIDENTS],
  ['damaged in the attempts', () => overwritePageOf('attempts'), /./, NO_INCIDENTS],
  ['damaged in the audit', () => overwritePageOf('events'), /./, EVERYTHING],
  ['damaged in an index', () => overwritePageOf('events_of_run'), /./, EVERYTHING],
  [
    'damaged in its settings',
    () => overwritePageOf('settings'),
    /./,
    { ...NO_INCIDENTS, settings: ['ledger/rebuilt_at'] },
  ],
  ['without a table', () => tamper('DROP TABLE incident_events'), /lacks incident_events\.id/, EVERYTHING],
  ['without the table of runs', () => tamper('DROP TABLE runs'), /lacks runs\.cluster/, NO_RUNS],
  ['without a column', () => tamper('ALTER TABLE runs DROP COLUMN job_name'), /lacks runs\.job_name/, NO_RUNS],
  ['without its list of migrations', () => tamper('DROP TABLE kysely_migration'), /kysely_migration/, EVERYTHING],
  ['gone but for its write-ahead log', () => (leaveWal(file), rmSync(file)), /only its write-ahead log/, NOTHING],
  [
    'with a write-ahead log that is garbage',
    () => (leaveWal(file), overwrite(0, 32, `${file}-wal`)),
    /no valid header/,
    EVERYTHING,
  ],
  ['with the write-ahead log of another ledger', foreignWal, /another file/, EVERYTHING],
];

function overwrite(from: number, bytes: number, path = file): void {
  const content = readFileSync(path);
  content.fill(0xaa, from, from + bytes);
  writeFileSync(path, content);
}

async function foreignWal(): Promise<void> {
  const other = join(folder, 'other.db');
  await fill(other);
  leaveWal(other);
  copyFileSync(`${other}-wal`, `${file}-wal`);
  for (const suffix of ['', '-wal', '.lock']) rmSync(other + suffix, { force: true });
}

/** Undefined when it is not there. */
function contentOf(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

describe.each(DAMAGES)('a ledger that is %s', (_what, damage, message, carried) => {
  it('is refused, and left as it is', async () => {
    await damage();
    const before = contentOf(file);
    await expect(openSqliteLedger(file)).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringMatching(message),
    });
    await expect(openSqliteLedger(file)).rejects.toMatchObject({
      message: expect.stringMatching(/medic\.db is damaged: .*Nothing was changed.*backup.*--ledger\.rebuild/),
    });
    expect(contentOf(file)).toEqual(before);
    expect(readdirSync(folder).filter((name) => /damaged|rebuilt|new/.test(name))).toEqual([]);
  });

  it('is put aside and made anew when that is ordered', async () => {
    await damage();
    const before = contentOf(file);
    const found = await rebuilt();
    expect(log).toEqual([
      expect.stringMatching(/^warn .*is made anew.*Carried over: .*Lost: .*2030-01-02T03:04:05.678Z/),
    ]);
    expect(found).toEqual(carried);
    expect(contentOf(join(folder, ASIDE))).toEqual(before);
    // And is sound from then on.
    expect(await rebuilt()).toEqual(carried);
    expect(log[1]).toMatch(/^info .*sound/);
    const ledger = await openSqliteLedger(file);
    await ledger.close();
  });
});

describe('a rebuild', () => {
  it('carries pauses and breakers over where other settings are damaged', async () => {
    const insert = `INSERT INTO settings (key, value) VALUES`;
    tamper(`${insert} ('restart/breaker/prod', '{"open":true}')`);
    for (let index = 0; index < 300; index += 1) tamper(`${insert} ('cluster/c-${index}', '"${'x'.repeat(200)}"')`);
    const damagedAt = readFileSync(file).indexOf('cluster/c-150');
    overwrite(damagedAt - (damagedAt % PAGE), PAGE);
    const found = await rebuilt();
    expect(found.settings).toEqual(['ledger/rebuilt_at', 'restart/breaker/prod', 'restart/paused']);
    expect(log).toEqual([expect.stringMatching(/Carried over: 2 pauses and breakers, .*Lost: the settings /)]);
  });

  it('that was killed when it had decided is finished by the next start, whatever its flags', async () => {
    overwritePageOf('runs');
    const damaged = readFileSync(file);
    await rebuilt();
    const whole = readFileSync(file);
    for (const suffix of ['-wal', '-shm']) rmSync(join(folder, ASIDE + suffix), { force: true });
    // As if it had been killed after it had moved the file itself, or before.
    for (const isMoved of [true, false]) {
      rmSync(file);
      const decided = `${file}.rebuilt`;
      writeFileSync(decided, whole);
      utimesSync(decided, AT / 1000, AT / 1000);
      writeFileSync(`${file}-wal`, 'garbage');
      if (!isMoved) renameSync(join(folder, ASIDE), file);
      const said: string[] = [];
      const ledger = await openSqliteLedger(file, { log: { info: () => undefined, warn: (text) => said.push(text) } });
      expect(said).toEqual([expect.stringMatching(`interrupted rebuild.*finished.*${ASIDE}`)]);
      expect((await ledger.load()).settings.get('restart/paused')).toBe('{"prod":7}');
      await ledger.close();
      expect(readFileSync(join(folder, ASIDE))).toEqual(damaged);
      expect(readFileSync(join(folder, `${ASIDE}-wal`), 'utf8')).toBe('garbage');
      expect(readdirSync(folder).toSorted()).toEqual(['medic.db', ASIDE, `${ASIDE}-wal`, 'medic.db.lock']);
      rmSync(join(folder, `${ASIDE}-wal`));
    }
  });

  it('that was killed before it had decided, or a first start, leaves nothing that counts', async () => {
    writeFileSync(`${file}.new`, 'half-written');
    writeFileSync(`${file}.rebuilt.new`, 'half-written');
    overwritePageOf('runs');
    await expect(openSqliteLedger(file)).rejects.toMatchObject({ code: 'ledger_unusable' });
    expect(await rebuilt()).toEqual(NO_RUNS);
    rmSync(file);
    expect((await rebuilt()).runs).toBe(0);
    expect(log.at(-1)).toMatch(/^info there was no ledger/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('never replaces what was put aside before', async () => {
    writeFileSync(join(folder, ASIDE), 'kept');
    overwritePageOf('runs');
    await expect(rebuilt()).rejects.toMatchObject({ code: 'ledger_unusable', message: expect.stringContaining(ASIDE) });
    expect(readFileSync(join(folder, ASIDE), 'utf8')).toBe('kept');
    rmSync(join(folder, ASIDE));
    expect(await rebuilt()).toEqual(NO_RUNS);
  });

  it('carries over what a table no longer holds to its end, where nothing is counted by it', async () => {
    tamper(`UPDATE incident_events SET detail = 'of a run' WHERE id = 1`);
    tamper(`INSERT INTO events SELECT id + 1000, at, cluster, job_id, generation, kind, rule, detail FROM events`);
    const db = new DatabaseSync(file, { readOnly: true });
    const page = Number(db.prepare(`SELECT max(pageno) AS page FROM dbstat WHERE name = 'events'`).get()?.page);
    db.close();
    overwrite((page - 1) * PAGE, PAGE);
    expect(await rebuilt()).toEqual(EVERYTHING);
    expect(log[0]).toMatch(/Carried over: .* [1-9]\d+ entries of the audit.*Lost: the other entries of the audit \(/);
  });

  it('finds documents that are no JSON, which opening alone does not', async () => {
    tamper(`UPDATE runs SET run_document = '{"cluster":' WHERE job_id LIKE '%7'`);
    const ledger = await openSqliteLedger(file);
    await expect(ledger.load()).rejects.toMatchObject({ message: expect.stringContaining('--ledger.rebuild') });
    await ledger.close();
    expect(await rebuilt()).toEqual(NO_RUNS);
    expect(log[0]).toContain('documents of the table runs are no JSON');
  });
});

describe('a database of something else', () => {
  it.each([
    ['with another application id', () => tamper('PRAGMA application_id = 7')],
    ['with tables of its own', () => (rmSync(file), tamper('CREATE TABLE dashboards (id INTEGER)'))],
  ])('%s is left alone, also with --ledger.rebuild', async (_what, make) => {
    make();
    const before = readFileSync(file);
    await expect(openSqliteLedger(file)).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringMatching(/medic\.db is a database of something else.*ledger\.url/),
    });
    await expect(rebuilt()).rejects.toMatchObject({ code: 'ledger_unusable' });
    expect(readFileSync(file)).toEqual(before);
  });

  it('is not what a ledger without an application id is taken for', async () => {
    tamper('PRAGMA application_id = 0; PRAGMA user_version = 0');
    const ledger = await openSqliteLedger(file);
    expect((await ledger.load()).runs).toHaveLength(RUNS);
    await ledger.close();
  });
});

it('a ledger of a newer version is left alone, also with --ledger.rebuild', async () => {
  tamper(`INSERT INTO kysely_migration VALUES ('9999-from-the-future', '2030-01-01T00:00:00Z'); DROP TABLE runs`);
  const before = readFileSync(file);
  await expect(rebuilt()).rejects.toMatchObject({ code: 'ledger_newer' });
  expect(readFileSync(file)).toEqual(before);
});

it('the shared memory of another ledger does no harm', async () => {
  leaveWal(file);
  writeFileSync(`${file}-shm`, Buffer.alloc(32_768, 0xaa));
  const ledger = await openSqliteLedger(file);
  expect((await ledger.load()).runs).toHaveLength(RUNS);
  await ledger.close();
});

it('is refused alike whether its pages are checked here or, because there are many, in a thread', async () => {
  overwritePageOf('runs');
  const refusal = async (): Promise<string> => openSqliteLedger(file).then(() => 'opened', messageOf);
  const small = await refusal();
  expect(small).toMatch(/is damaged: .*Nothing was changed/);
  const db = new DatabaseSync(file);
  db.prepare(`INSERT INTO settings (key, value) VALUES ('much', ?)`).run(JSON.stringify('x'.repeat(17_000_000)));
  db.close();
  const large = readFileSync(file);
  expect(await refusal()).toBe(small);
  expect(readFileSync(file).equals(large)).toBe(true);
});

describe('a ledger that turns out to be damaged while it is used', () => {
  it('takes nothing more, in no part, and says what to do', async () => {
    const page = pageOf('events_of_run');
    const ledger = await openSqliteLedger(file);
    const lease = await ledger.incidents.takeLease();
    await ledger.incidents.checkLease(lease);
    overwrite(page, PAGE);
    await expect(ledger.events({ cluster: 'prod', jobId: '1', generation: 1 })).rejects.toMatchObject({
      code: 'ledger_unusable',
      message: expect.stringMatching(/malformed.*--ledger\.rebuild/),
    });
    const refused = { code: 'ledger_write', message: expect.stringMatching(/malformed.*--ledger\.rebuild/) };
    await expect(ledger.commit({ ...NO_CHANGES, settings: new Map([['a', '1']]) })).rejects.toMatchObject(refused);
    await expect(ledger.incidents.checkLease(lease)).rejects.toMatchObject(refused);
    await expect(ledger.incidents.commitIncidents(lease, { incidents: [] })).rejects.toMatchObject(refused);
    await expect(ledger.pruneEvents({ olderThan: 9, newest: 9 })).rejects.toMatchObject(refused);
    expect((await ledger.recall('old', ['0'.repeat(32)], [])).tombstones).toHaveLength(1);
    await ledger.close();
  });
});
