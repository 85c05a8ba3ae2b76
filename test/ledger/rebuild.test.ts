/** A damaged ledger: refused as it is, or put aside and made anew with what can be carried over. */

import {
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
import { NO_CHANGES } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import {
  fill,
  halve,
  leaveWal,
  overwrite,
  overwritePageOf,
  PAGE,
  pageOf,
  RUNS,
  takeForeignWal,
  tamper,
} from './support/ledger-file.ts';

const AT = Date.UTC(2030, 0, 2, 3, 4, 5, 678);
const ASIDE = 'medic.db.damaged-20300102T030405.678Z';
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
  ['an empty database', () => (rmSync(file), tamper(file, 'VACUUM')), /no tables|is empty/, NOTHING],
  ['cut off after its first page', () => truncateSync(file, PAGE), /malformed|Tree|schema/, NOTHING],
  ['cut off in the middle', () => truncateSync(file, PAGE * Math.floor(statSync(file).size / PAGE / 2)), /./, NO_RUNS],
  ['damaged in its header', () => overwrite(file, 0, 100), /not a database/, NOTHING],
  ['damaged in the table of runs', () => overwritePageOf(file, 'runs'), /./, NO_RUNS],
  ['damaged in the counters', () => overwritePageOf(file, 'name_counters'), /./, NO_RUNS],
  ['short of some runs, in a page that can be read', () => halve(file, 'runs'), /Fragmentation/, NO_RUNS],
  ['short of its counters, in a page that can be read', () => halve(file, 'name_counters'), /Fragmentation/, NO_RUNS],
  ['damaged in the incidents', () => overwritePageOf(file, 'incidents'), /./, NO_INCIDENTS],
  ['damaged in the attempts', () => overwritePageOf(file, 'attempts'), /./, NO_INCIDENTS],
  ['damaged in the audit', () => overwritePageOf(file, 'events'), /./, EVERYTHING],
  ['damaged in an index', () => overwritePageOf(file, 'events_of_run'), /./, EVERYTHING],
  [
    'damaged in its settings',
    () => overwritePageOf(file, 'settings'),
    /./,
    { ...NO_INCIDENTS, settings: ['ledger/rebuilt_at'] },
  ],
  ['without a table', () => tamper(file, 'DROP TABLE incident_events'), /lacks incident_events\.id/, EVERYTHING],
  ['without the table of runs', () => tamper(file, 'DROP TABLE runs'), /lacks runs\.cluster/, NO_RUNS],
  ['without a column', () => tamper(file, 'ALTER TABLE runs DROP COLUMN job_name'), /lacks runs\.job_name/, NO_RUNS],
  ['without its list of migrations', () => tamper(file, 'DROP TABLE kysely_migration'), /kysely_migration/, EVERYTHING],
  ['gone but for its write-ahead log', () => (leaveWal(file), rmSync(file)), /only its write-ahead log/, NOTHING],
  [
    'with a write-ahead log that is garbage',
    () => (leaveWal(file), overwrite(`${file}-wal`, 0, 32)),
    /no valid header/,
    EVERYTHING,
  ],
  ['with the write-ahead log of another ledger', () => takeForeignWal(file), /another file/, EVERYTHING],
];

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
    tamper(file, `${insert} ('restart/breaker/prod', '{"open":true}')`);
    for (let index = 0; index < 300; index += 1)
      tamper(file, `${insert} ('cluster/c-${index}', '"${'x'.repeat(200)}"')`);
    const damagedAt = readFileSync(file).indexOf('cluster/c-150');
    overwrite(file, damagedAt - (damagedAt % PAGE), PAGE);
    const found = await rebuilt();
    expect(found.settings).toEqual(['ledger/rebuilt_at', 'restart/breaker/prod', 'restart/paused']);
    expect(log).toEqual([expect.stringMatching(/Carried over: 2 pauses and breakers, .*Lost: the settings /)]);
  });

  it('that was killed when it had decided is finished by the next start, whatever its flags', async () => {
    overwritePageOf(file, 'runs');
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
    overwritePageOf(file, 'runs');
    await expect(openSqliteLedger(file)).rejects.toMatchObject({ code: 'ledger_unusable' });
    expect(await rebuilt()).toEqual(NO_RUNS);
    rmSync(file);
    expect((await rebuilt()).runs).toBe(0);
    expect(log.at(-1)).toMatch(/^info there was no ledger/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('never replaces what was put aside before', async () => {
    writeFileSync(join(folder, ASIDE), 'kept');
    overwritePageOf(file, 'runs');
    await expect(rebuilt()).rejects.toMatchObject({ code: 'ledger_unusable', message: expect.stringContaining(ASIDE) });
    expect(readFileSync(join(folder, ASIDE), 'utf8')).toBe('kept');
    rmSync(join(folder, ASIDE));
    expect(await rebuilt()).toEqual(NO_RUNS);
  });

  it('carries over what a table no longer holds to its end, where nothing is counted by it', async () => {
    tamper(file, `UPDATE incident_events SET detail = 'of a run' WHERE id = 1`);
    tamper(
      file,
      `INSERT INTO events SELECT id + 1000, at, cluster, job_id, generation, kind, rule, detail FROM events`,
    );
    const db = new DatabaseSync(file, { readOnly: true });
    const page = Number(db.prepare(`SELECT max(pageno) AS page FROM dbstat WHERE name = 'events'`).get()?.page);
    db.close();
    overwrite(file, (page - 1) * PAGE, PAGE);
    expect(await rebuilt()).toEqual(EVERYTHING);
    expect(log[0]).toMatch(/Carried over: .* [1-9]\d+ entries of the audit.*Lost: the other entries of the audit \(/);
  });

  it('finds documents that are no JSON, which opening alone does not', async () => {
    tamper(file, `UPDATE runs SET run_document = '{"cluster":' WHERE job_id LIKE '%7'`);
    const ledger = await openSqliteLedger(file);
    await expect(ledger.load()).rejects.toMatchObject({ message: expect.stringContaining('--ledger.rebuild') });
    await ledger.close();
    expect(await rebuilt()).toEqual(NO_RUNS);
    expect(log[0]).toContain('documents of the table runs are no JSON');
  });
});

describe('a database of something else', () => {
  it.each([
    ['with another application id', () => tamper(file, 'PRAGMA application_id = 7')],
    ['with tables of its own', () => (rmSync(file), tamper(file, 'CREATE TABLE dashboards (id INTEGER)'))],
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
    tamper(file, 'PRAGMA application_id = 0; PRAGMA user_version = 0');
    const ledger = await openSqliteLedger(file);
    expect((await ledger.load()).runs).toHaveLength(RUNS);
    await ledger.close();
  });
});

it('a ledger of a newer version is left alone, also with --ledger.rebuild', async () => {
  tamper(file, `INSERT INTO kysely_migration VALUES ('9999-from-the-future', '2030-01-01T00:00:00Z'); DROP TABLE runs`);
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
  overwritePageOf(file, 'runs');
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
    const page = pageOf(file, 'events_of_run');
    const ledger = await openSqliteLedger(file);
    const lease = await ledger.incidents.takeLease();
    await ledger.incidents.checkLease(lease);
    overwrite(file, page, PAGE);
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
