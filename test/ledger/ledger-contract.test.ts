/** What every ledger does: the embedded database and the fake that other tests use are held to the same. */

import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { noCounts } from '../../src/core/name-counters.ts';
import { newRun } from '../../src/core/resolve.ts';
import type { Run, RunEvent, RunKey, Tombstone } from '../../src/core/run.ts';
import { awake } from '../../src/core/sleeping-run.ts';
import { type ArchiveFile, type Ledger, type LedgerChanges, NO_CHANGES } from '../../src/ledger/ledger.ts';
import * as generated from './support/generated.ts';
import { LEDGERS } from './support/ledgers.ts';

const KEY: RunKey = { cluster: 'prod', jobId: 'a', generation: 1 };
const RUN: Run = newRun(KEY, { startTime: 1_000 }, 'orders', 5);
const STONE: Tombstone = { ...KEY, startTimes: [1_000, 2_000], endTime: 3_000, status: 'FAILED' };
const COUNTERS = { ...noCounts('prod', 'orders'), vanished: 2 };
const EVENT: RunEvent = { ...KEY, at: 10, kind: 'seen', rule: 'listed', detail: 'RUNNING' };
const FILE: ArchiveFile = { folder: '/f', path: '/f/a', jobId: 'a', size: 1, mtimeMs: 2, state: 'indexed' };

describe.each(LEDGERS)('%s', (_, openLedger) => {
  let ledger: Ledger;

  beforeEach(async () => {
    ledger = await openLedger();
  });

  const commit = (changes: Partial<LedgerChanges>): Promise<void> => ledger.commit({ ...NO_CHANGES, ...changes });

  it('is empty at first', async () => {
    expect(await ledger.load()).toEqual({ runs: [], names: [], folders: [], settings: new Map() });
    expect(await ledger.archiveFiles('/f')).toEqual([]);
    expect(await ledger.recall('prod', ['a'], ['orders'])).toEqual({ tombstones: [], names: [] });
    expect(await ledger.events(KEY)).toEqual([]);
    await commit({});
  });

  it('gives back every field of what it was given, the newest of each key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(generated.run, { maxLength: 4 }), { maxLength: 3 }),
        fc.array(generated.counters),
        fc.array(generated.archiveFile),
        generated.settings,
        async (runs, names, archiveFiles, settings) => {
          const fresh = await openLedger();
          for (const some of runs) await fresh.commit({ ...NO_CHANGES, runs: last(some, runKeyOf) });
          const indexed = last(archiveFiles, ({ folder: f, path }) => [f, path]);
          const counters = last(names, ({ cluster, name }) => [cluster, name]);
          await fresh.commit({ ...NO_CHANGES, names: counters, archiveFiles: indexed, settings });
          const loaded = await fresh.load();
          const stored = last(runs.flat(), runKeyOf);
          expect(sorted(loaded.runs.map(awake))).toEqual(sorted(stored));
          for (const run of stored) expect(fresh.run(run)).toEqual(run);
          expect(new Set(loaded.folders)).toEqual(new Set(indexed.map((file) => file.folder)));
          const inFolders = await Promise.all(loaded.folders.map((of) => fresh.archiveFiles(of)));
          expect(sorted(inFolders.flat())).toEqual(sorted(indexed));
          expect(loaded.settings).toEqual(settings);
          const named = counters.filter(({ cluster, name }) =>
            stored.some((run) => run.cluster === cluster && run.name === name),
          );
          expect(sorted(loaded.names)).toEqual(sorted(named));
          for (const { cluster, name, ...more } of counters) {
            const recalled = await fresh.recall(cluster, [], [name]);
            expect(recalled).toEqual({ tombstones: [], names: [{ cluster, name, ...more }] });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('stores nothing of a commit that fails, and the next one works', async () => {
    await commit({ runs: [RUN], names: [COUNTERS], settings: new Map([['k', 'before']]) });
    const before = await ledger.load();
    const failing = commit({
      runs: [
        { ...RUN, state: 'FAILED' },
        { ...RUN, generation: 2 },
      ],
      removed: [STONE],
      names: [{ ...COUNTERS, vanished: 9 }],
      archiveFiles: [FILE],
      settings: new Map([['k', 'after']]),
      events: [EVENT, { ...EVENT, at: 10.5 }],
    });
    await expect(failing).rejects.toMatchObject({ name: 'MedicError', code: 'ledger_write' });
    expect(await ledger.load()).toEqual(before);
    expect(await ledger.events(KEY)).toEqual([]);
    expect(await ledger.recall('prod', ['a'], [])).toEqual({ tombstones: [], names: [] });
    await commit({ names: [{ ...COUNTERS, vanished: 3 }] });
    expect((await ledger.load()).names).toEqual([{ ...COUNTERS, vanished: 3 }]);
  });

  it('stores thousands in one transaction', async () => {
    const many = Array.from({ length: 1_001 }, (_value, i) => ({ ...RUN, jobId: String(i), name: `n${String(i)}` }));
    const names = many.map(({ name }) => ({ ...COUNTERS, name }));
    await commit({ runs: many, names });
    const loaded = await ledger.load();
    expect(sorted(loaded.runs)).toEqual(sorted(many));
    expect(loaded.names).toHaveLength(1_001);
    const stones = many.map(({ jobId }) => ({ ...STONE, jobId }));
    await commit({ removed: stones });
    expect((await ledger.load()).runs).toEqual([]);
    const recalled = await ledger.recall(
      'prod',
      many.map(({ jobId }) => jobId),
      names.map(({ name }) => name),
    );
    expect(sorted(recalled.tombstones)).toEqual(sorted(stones));
    expect(recalled.names).toHaveLength(1_001);
  });

  it('leaves a tombstone of a run, and nothing else of it', async () => {
    await commit({ runs: [RUN, { ...RUN, cluster: 'other' }, { ...RUN, generation: 2 }], events: [EVENT] });
    await commit({ removed: [STONE] });
    expect(sorted((await ledger.load()).runs)).toEqual(
      sorted([
        { ...RUN, cluster: 'other' },
        { ...RUN, generation: 2 },
      ]),
    );
    expect(await ledger.events(KEY)).toEqual([]);
    expect((await ledger.recall('prod', ['a', 'b'], [])).tombstones).toEqual([STONE]);
    expect((await ledger.recall('other', ['a'], [])).tombstones).toEqual([]);
    expect((await ledger.recall('prod', ['b'], [])).tombstones).toEqual([]);
  });

  it('gives back every field of a tombstone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(generated.tombstone, { maxLength: 5 }), async (stones) => {
        const fresh = await openLedger();
        const first = new Map(
          stones.toReversed().map((stone) => [JSON.stringify([stone.cluster, stone.jobId, stone.generation]), stone]),
        );
        for (const stone of stones) await fresh.commit({ ...NO_CHANGES, removed: [stone] });
        const clusters = [...new Set(stones.map(({ cluster }) => cluster))];
        const ids = [...new Set(stones.map(({ jobId }) => jobId))];
        const recalled = await Promise.all(clusters.map((cluster) => fresh.recall(cluster, ids, [])));
        expect(sorted(recalled.flatMap(({ tombstones }) => tombstones))).toEqual(sorted([...first.values()]));
      }),
      { numRuns: 15 },
    );
  });

  it('keeps the counters of a name without runs, and gives them back when they are asked for', async () => {
    await commit({ names: [COUNTERS] });
    expect((await ledger.load()).names).toEqual([]);
    expect((await ledger.recall('prod', [], ['orders', 'payments'])).names).toEqual([COUNTERS]);
    expect((await ledger.recall('other', [], ['orders'])).names).toEqual([]);
    await commit({ runs: [RUN] });
    expect((await ledger.load()).names).toEqual([COUNTERS]);
  });

  it('tells the events of a run in the order in which they were stored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(generated.event, { minLength: 1, maxLength: 10 }), async (events) => {
        const fresh = await openLedger();
        await fresh.commit({ ...NO_CHANGES, events: events.slice(0, 3) });
        await fresh.commit({ ...NO_CHANGES, events: events.slice(3) });
        for (const { cluster, jobId, generation } of events) {
          const ofRun = (e: RunEvent) => e.cluster === cluster && e.jobId === jobId && e.generation === generation;
          expect(await fresh.events({ cluster, jobId, generation })).toEqual(events.filter(ofRun));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('deletes events of before a moment', async () => {
    const events = [9, 10, 11].map((at) => ({ ...EVENT, at }));
    await commit({ events });
    expect(await ledger.pruneEvents({ olderThan: 10, newest: 9 })).toBe(2);
    expect(await ledger.events(KEY)).toEqual(events.slice(1));
  });

  it('keeps the newest events', async () => {
    const events = [9, 10, 11].map((at) => ({ ...EVENT, at }));
    await commit({ events });
    expect(await ledger.pruneEvents({ olderThan: 0, newest: 2 })).toBe(2);
    expect(await ledger.events(KEY)).toEqual(events.slice(1));
    await commit({ removed: [STONE] });
    expect(await ledger.pruneEvents({ olderThan: 0, newest: 2 }), 'none is left').toBe(0);
  });

  it('removes settings', async () => {
    const settings = new Map([
      ['a', '1'],
      ['b', '2'],
    ]);
    await commit({ settings });
    await commit({ removedSettings: ['a', 'c'] });
    expect([...(await ledger.load()).settings]).toEqual([['b', '2']]);
    await commit({ removedSettings: ['b'], settings: new Map([['b', '3']]) });
    expect([...(await ledger.load()).settings], 'one that is there again').toEqual([['b', '3']]);
  });

  it('replaces and removes archive files', async () => {
    const other = { ...FILE, path: '/f/b' };
    await commit({ archiveFiles: [FILE, other] });
    const placed = { ...FILE, size: 7, run: KEY };
    await commit({ archiveFiles: [placed], removedArchiveFiles: [{ folder: '/g', path: '/f/b' }] });
    expect(sorted(await ledger.archiveFiles('/f'))).toEqual(sorted([placed, other]));
    await commit({ removedArchiveFiles: [FILE] });
    expect(await ledger.archiveFiles('/f')).toEqual([other]);
    await commit({ removedArchiveFiles: [other], archiveFiles: [other] });
    expect(await ledger.archiveFiles('/f'), 'a file that is there again').toEqual([other]);
  });

  it('hands out what nobody else can change', async () => {
    const startTimes = [1_000];
    await commit({ runs: [{ ...RUN, startTimes }] });
    startTimes.push(2_000);
    const loaded = await ledger.load();
    expect(loaded.runs[0]?.startTimes).toEqual([1_000]);
    expect((await ledger.load()).runs[0]).not.toBe(loaded.runs[0]);
  });
});

/** The last of each key. */
function last<T>(values: readonly T[], keyOf: (value: T) => unknown): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(keyOf(value)), value])).values()];
}

function runKeyOf({ cluster, jobId, generation }: RunKey): unknown[] {
  return [cluster, jobId, generation];
}

/** In the order of their keys: a ledger gives its rows in any. */
function sorted<T extends object>(values: readonly T[]): T[] {
  return values.toSorted((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));
}

function sortKeyOf(value: object): string {
  const fields = value as Readonly<Record<string, unknown>>;
  return JSON.stringify(['folder', 'path', 'cluster', 'jobId', 'generation', 'name'].map((name) => fields[name]));
}
