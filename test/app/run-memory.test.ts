/** What leaves memory while something is read. The rest is tested through the program, in `retention.test.ts`. */

import { beforeEach, expect, it, vi } from 'vitest';
import { RunMemory } from '../../src/app/run-memory.ts';
import { makeLogger } from '../../src/cli/logger.ts';
import { MedicError } from '../../src/core/errors.ts';
import { type ArchiveFile, NO_CHANGES } from '../../src/ledger/ledger.ts';
import { Recorder } from '../../src/ledger/recorder.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { FakeLedger } from '../ledger/fake-ledger.ts';
import { endedRun, runOf } from '../http/pages/fixtures.ts';

let ledger: FakeLedger;
let recorder: Recorder;
beforeEach(() => {
  ledger = new FakeLedger();
  const { clock, timers } = new ManualTime();
  const log = makeLogger({ level: 'error', format: 'json', write: () => undefined });
  recorder = new Recorder(ledger, { failed: () => undefined, clock, timers, log });
});

const FOLDER = '/archives';
const FILE: ArchiveFile = { folder: FOLDER, path: '/archives/1', jobId: '1', size: 1, mtimeMs: 1, state: 'incomplete' };

it('forgets nothing that comes into use while the archives of a start are read', async () => {
  const unused = JSON.stringify([
    ['cluster/prod', 0],
    [`folder/${FOLDER}`, 0],
  ]);
  const run = runOf({ cluster: 'prod', name: 'orders' });
  await ledger.commit({ ...NO_CHANGES, runs: [run], archiveFiles: [FILE], settings: new Map([['unused', unused]]) });
  const inUse = { clusters: new Set<string>(), folders: new Set<string>() };
  const reading = {
    recall: ledger.recall.bind(ledger),
    events: ledger.events.bind(ledger),
    run: ledger.run.bind(ledger),
    archiveFiles: (folder: string) => {
      inUse.clusters.add('prod');
      inUse.folders.add(folder);
      return ledger.archiveFiles(folder);
    },
  };
  const memory = new RunMemory(reading, recorder, await ledger.load(), () => undefined);
  await memory.forgetUnused(() => ({
    clusters: new Set(inUse.clusters),
    folders: new Set(inUse.folders),
    isReferred: () => false,
    at: 10,
    since: 5,
  }));
  await recorder.commit();
  expect(memory.knows('prod')).toBe(true);
  expect((await ledger.load()).runs).toHaveLength(1);
  expect(await ledger.archiveFiles(FOLDER)).toEqual([FILE]);
});

it('counts it as a failure when a run cannot be read, unless it has left', async () => {
  const run = endedRun('FAILED', { cluster: 'prod' });
  await ledger.commit({ ...NO_CHANGES, runs: [run] });
  const contents = await ledger.load();
  let failures = 0;
  const memory = new RunMemory(ledger, recorder, contents, () => (failures += 1));
  const damaged = vi.spyOn(ledger, 'run').mockImplementation(() => {
    throw new MedicError('ledger_unusable', 'no such row');
  });
  expect(() => memory.read(run)).toThrow('no such row');
  expect(failures).toBe(1);
  memory.historyOf('prod').prune(() => true);
  expect(() => memory.read(run)).toThrow('no such row');
  expect([failures, damaged.mock.calls.length]).toEqual([1, 2]);
});
