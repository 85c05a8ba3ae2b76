import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { noCounts } from '../../src/core/name-counters.ts';
import { newRun } from '../../src/core/resolve.ts';
import type { Run, RunEvent, Tombstone } from '../../src/core/run.ts';
import type { Notification } from '../../src/ledger/incident-ledger.ts';
import type { ArchiveFile, Ledger, LedgerChanges } from '../../src/ledger/ledger.ts';
import { Recorder } from '../../src/ledger/recorder.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { FakeLedger } from './fake-ledger.ts';

const KEY = { cluster: 'prod', jobId: 'a', generation: 1 };
const RUN: Run = newRun(KEY, { startTime: 1_000 }, 'orders', 5);
const STONE: Tombstone = { ...KEY, startTimes: [1_000], endTime: 3_000, status: 'FAILED' };
const FILE: ArchiveFile = { folder: '/f', path: '/f/a', jobId: 'a', size: 1, mtimeMs: 2, state: 'indexed' };

let ledger: FakeLedger;
let failures: unknown[];
let log: string[];
let recorder: Recorder;
let time: ManualTime;

beforeEach(() => {
  ledger = new FakeLedger();
  failures = [];
  log = [];
  time = new ManualTime();
  recorder = recorderOf(ledger);
});

function recorderOf(to: Pick<Ledger, 'commit'>): Recorder {
  return new Recorder(to, {
    failed: (error) => failures.push(error),
    clock: time.clock,
    timers: time.timers,
    log: { error: (message) => log.push(`error ${message}`), info: (message) => log.push(`info ${message}`) },
  });
}

function event(at: number): RunEvent {
  return { ...KEY, at, kind: 'seen', rule: 'listed', detail: '' };
}

function ask(at: number): Promise<boolean> {
  recorder.add({ events: [event(at)] });
  return recorder.commit();
}

function notification(id: number): Notification {
  const times = { createdAt: 1, tries: 0, nextTryAt: 1 };
  return { id: String(id), url: 'http://127.0.0.1/', event: 'final_status', body: '{}', ...times };
}

function breakLedger(): void {
  ledger.fault = new Error('disk full');
}

describe('a recorder', () => {
  it('gives a run as it waits, also while it is being stored, and not once it is', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = recorderOf({ commit: () => gate.promise });
    slow.add({ runs: [RUN] });
    expect(slow.waiting(KEY)).toBe(RUN);
    const commit = slow.commit();
    await Promise.resolve();
    expect(slow.waiting(KEY)).toBe(RUN);
    const newer = { ...RUN, failovers: 7 };
    slow.add({ runs: [newer] });
    expect(slow.waiting(KEY)).toBe(newer);
    expect(slow.waiting({ ...KEY, cluster: 'other' })).toBeUndefined();
    gate.resolve();
    await commit;
    await slow.commit();
    expect(slow.waiting(KEY)).toBeUndefined();
  });

  it('gives a run that could not be stored', async () => {
    breakLedger();
    recorder.add({ runs: [RUN] });
    await recorder.commit();
    expect(recorder.waiting(KEY)).toBe(RUN);
  });

  it('writes nothing when nothing changed', async () => {
    expect(await recorder.commit()).toBe(true);
    recorder.add({ runs: [], settings: new Map() });
    expect(await recorder.commit()).toBe(true);
    expect(ledger.tried).toEqual([]);
  });

  it('stores what waits in one transaction, the newest of each key, once', async () => {
    recorder.add({ runs: [RUN], names: [noCounts('prod', 'orders')], events: [event(1)] });
    recorder.add({ runs: [{ ...RUN, state: 'RUNNING' }], archiveFiles: [FILE], events: [event(2)] });
    recorder.add({ settings: new Map([['k', '1']]), archiveFiles: [{ ...FILE, size: 9 }] });
    recorder.add({ settings: new Map([['k', '2']]), runs: [{ ...RUN, cluster: 'other' }] });
    expect(await recorder.commit()).toBe(true);
    expect(await recorder.commit()).toBe(true);
    expect(ledger.tried).toEqual([
      {
        runs: [
          { ...RUN, state: 'RUNNING' },
          { ...RUN, cluster: 'other' },
        ],
        removed: [],
        names: [noCounts('prod', 'orders')],
        events: [event(1), event(2)],
        archiveFiles: [{ ...FILE, size: 9 }],
        removedArchiveFiles: [],
        settings: new Map([['k', '2']]),
        removedSettings: [],
        notifications: [],
      } satisfies LedgerChanges,
    ]);
  });

  it('never stores a run that has left meanwhile', async () => {
    recorder.add({ runs: [RUN] });
    recorder.add({ removed: [STONE] });
    await recorder.commit();
    expect(ledger.tried[0]).toMatchObject({ runs: [], removed: [STONE] });
  });

  it('knows of a file whether it came or went last', async () => {
    recorder.add({ archiveFiles: [FILE] });
    recorder.add({ removedArchiveFiles: [FILE] });
    await recorder.commit();
    recorder.add({ removedArchiveFiles: [FILE] });
    recorder.add({ archiveFiles: [FILE] });
    await recorder.commit();
    expect(ledger.tried).toMatchObject([
      { archiveFiles: [], removedArchiveFiles: [FILE] },
      { archiveFiles: [FILE], removedArchiveFiles: [] },
    ]);
  });
});

describe('a recorder whose ledger cannot be written', () => {
  it('says so, counts every failure, and logs once', async () => {
    expect(recorder.writable).toBe(true);
    breakLedger();
    recorder.add({ runs: [RUN] });
    expect(await recorder.commit()).toBe(false);
    expect(await recorder.commit()).toBe(false);
    expect(recorder.writable).toBe(false);
    expect(failures).toMatchObject([{ code: 'ledger_write' }, { code: 'ledger_write' }]);
    expect(log).toEqual([expect.stringMatching(/^error disk full; .*kept in memory/)]);
    ledger.fault = undefined;
    expect(await recorder.commit()).toBe(true);
    expect(recorder.writable).toBe(true);
    expect(log).toHaveLength(2);
    expect(log[1]).toMatch(/^info .*can be written again/);
  });

  it('keeps everything for the next commit', async () => {
    breakLedger();
    const removed = { ...STONE, jobId: 'b' };
    const gone = { folder: '/f', path: '/f/gone' };
    const names = [noCounts('prod', 'orders')];
    const settings = new Map([['k', '1']]);
    const everything = { runs: [RUN], removed: [removed], names, events: [event(1)], archiveFiles: [FILE] };
    recorder.add({ ...everything, removedArchiveFiles: [gone], settings, removedSettings: ['gone'] });
    recorder.add({ notifications: [notification(1)] });
    await recorder.commit();
    recorder.add({ events: [event(2)], notifications: [notification(2)] });
    await recorder.commit();
    ledger.fault = undefined;
    await recorder.commit();
    expect(ledger.tried.at(-1)).toEqual({
      ...everything,
      events: [event(1), event(2)],
      removedArchiveFiles: [gone],
      settings,
      removedSettings: ['gone'],
      notifications: [notification(1), notification(2)],
    });
    expect((await ledger.load()).runs).toEqual([RUN]);
  });

  it('never overwrites what was added while a commit failed', async () => {
    breakLedger();
    recorder.add({
      runs: [RUN, { ...RUN, jobId: 'b' }],
      names: [noCounts('prod', 'orders')],
      archiveFiles: [FILE],
      removedArchiveFiles: [{ folder: '/f', path: '/f/back' }],
      settings: new Map([['k', 'old']]),
      removedSettings: ['back'],
      events: [event(1)],
      notifications: [notification(1)],
    });
    const failing = recorder.commit();
    await Promise.resolve();
    const back = { ...FILE, path: '/f/back' };
    const newer = { ...noCounts('prod', 'orders'), vanished: 1 };
    recorder.add({
      runs: [{ ...RUN, state: 'RUNNING' }],
      removed: [{ ...STONE, jobId: 'b' }],
      names: [newer],
      archiveFiles: [back],
      removedArchiveFiles: [FILE],
      settings: new Map([
        ['k', 'new'],
        ['back', '1'],
      ]),
      events: [event(2)],
      notifications: [notification(2)],
    });
    expect(ledger.tried, 'the commit is under way').toHaveLength(1);
    expect(await failing).toBe(false);
    ledger.fault = undefined;
    await recorder.commit();
    expect(ledger.tried.at(-1)).toEqual({
      runs: [{ ...RUN, state: 'RUNNING' }],
      removed: [{ ...STONE, jobId: 'b' }],
      names: [newer],
      archiveFiles: [back],
      removedArchiveFiles: [FILE],
      settings: new Map([
        ['k', 'new'],
        ['back', '1'],
      ]),
      // Before the others are stored.
      removedSettings: ['back'],
      events: [event(1), event(2)],
      notifications: [notification(1), notification(2)],
    });
  });

  it('keeps the newest 10,000 events and notifications', async () => {
    breakLedger();
    for (let i = 0; i < 3; i += 1) {
      const numbers = Array.from({ length: 6_000 }, (_, n) => i * 6_000 + n);
      recorder.add({ events: numbers.map(event), notifications: numbers.map(notification) });
      await recorder.commit();
    }
    const { events = [], notifications = [] } = ledger.tried.at(-1) ?? {};
    expect([events.length, notifications.length]).toEqual([10_000, 10_000]);
    expect([events[0]?.at, events.at(-1)?.at]).toEqual([8_000, 17_999]);
    expect([notifications[0]?.id, notifications.at(-1)?.id]).toEqual(['8000', '17999']);
  });
});

it('commits never overlap, and come in order', async () => {
  const open: (() => void)[] = [];
  const begun: LedgerChanges[] = [];
  let running = 0;
  const slow = recorderOf({
    async commit(changes) {
      begun.push(changes);
      expect((running += 1)).toBe(1);
      await new Promise<void>((resolve) => open.push(resolve));
      running -= 1;
    },
  });
  const commits: Promise<boolean>[] = [];
  for (const state of ['CREATED', 'RUNNING', 'FAILED'] as const) {
    slow.add({ runs: [{ ...RUN, state }] });
    commits.push(slow.commit());
    await Promise.resolve();
  }
  open[0]?.();
  await commits[0];
  await Promise.resolve();
  open[1]?.();
  expect(await Promise.all(commits)).toEqual([true, true, true]);
  expect(begun.map(({ runs }) => runs.map(({ state }) => state))).toEqual([['CREATED'], ['FAILED']]);
  expect(failures).toEqual([]);
});

describe('a recorder on a disk that is slow', () => {
  const DISK_MS = 10;
  let commits: number[];

  beforeEach(async () => {
    commits = [];
    recorder = recorderOf({
      commit: async ({ events }) => {
        commits.push(events.length);
        time.manual.advance(DISK_MS);
      },
    });
    await ask(0);
  });

  it('waits four times as long as a commit took, and whoever asks meanwhile shares the next', async () => {
    const asked = [ask(1), ask(2)];
    await setImmediate();
    asked.push(ask(3));
    await setImmediate();
    expect(time.fireNext(time.manual.now() + 4 * DISK_MS - 1)).toBe(false);
    expect(commits).toEqual([1]);
    time.fireNext(time.manual.now() + 4 * DISK_MS);
    expect(await Promise.all(asked)).toEqual([true, true, true]);
    expect(commits).toEqual([1, 3]);
  });

  it('tells nobody that it is stored before it is', async () => {
    let stored = false;
    void ask(1).then(() => (stored = true));
    await setImmediate();
    expect(stored).toBe(false);
    time.fireNext(Infinity);
    await setImmediate();
    expect(stored).toBe(true);
  });

  it('waits 100 ms at most', async () => {
    const slower = recorderOf({ commit: async () => time.manual.advance(5_000) });
    slower.add({ events: [event(1)] });
    await slower.commit();
    slower.add({ events: [event(2)] });
    const commit = slower.commit();
    await setImmediate();
    const before = time.manual.now();
    time.fireNext(Infinity);
    expect(time.manual.now()).toBe(before + 100);
    await commit;
  });

  it('does not wait when the last commit was long ago, nor for nothing', async () => {
    expect(await recorder.commit()).toBe(true);
    time.manual.advance(4 * DISK_MS);
    expect(await ask(1)).toBe(true);
    expect(commits).toEqual([1, 1]);
    expect(time.pending).toBe(0);
  });

  it('waits no longer once there is enough for a transaction of its own', async () => {
    const small = ask(1);
    await setImmediate();
    expect(commits).toEqual([1]);
    recorder.add({ events: Array.from({ length: 255 }, (_, at) => event(at)) });
    expect(await small).toBe(true);
    expect(commits).toEqual([1, 256]);
    recorder.add({ events: Array.from({ length: 256 }, (_, at) => event(at)) });
    expect(await recorder.commit()).toBe(true);
    expect(commits).toEqual([1, 256, 256]);
    expect(time.pending).toBe(0);
  });
});
