/** Start, reload and stop come one after the other, whoever calls them and whenever. */

import { expect, it } from 'vitest';
import { Fleet, limitsOf } from '../../src/app/fleet.ts';
import { RunMemory } from '../../src/app/run-memory.ts';
import { makeLogger } from '../../src/cli/logger.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { Recorder } from '../../src/ledger/recorder.ts';
import { Turns } from '../../src/app/turns.ts';
import { FactExporter } from '../../src/metrics/fact-exporter.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { InProcessFolders } from '../archive/in-process-folders.ts';

const { config: DEFAULTS } = await loadConfig(undefined, {});

function configOf(...names: readonly string[]): Config {
  return {
    ...DEFAULTS,
    clusters: names.map((name) => ({
      name,
      jobManagers: ['http://127.0.0.1:9'],
      archives: [],
      http: {},
      expectedJobs: ['orders'],
    })),
  };
}

function noRun(): never {
  throw new Error('there is none');
}

/** A fleet whose every cluster waits for the ledger when it is set up, until `opened`. */
function waitingFleet(config: Config) {
  const time = new ManualTime();
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const recall: Ledger['recall'] = async () => {
    asked.resolve();
    await gate.promise;
    return { tombstones: [], names: [] };
  };
  const log = makeLogger({ level: 'error', format: 'json', write: () => undefined });
  const { clock, timers } = time;
  const recorder = new Recorder({ commit: async () => undefined }, { failed: () => undefined, clock, timers, log });
  const contents = { runs: [], names: [], folders: [], settings: new Map() };
  const memory = new RunMemory(
    { recall, run: noRun, events: async () => [], archiveFiles: async () => [] },
    recorder,
    contents,
    () => undefined,
  );
  const fleet = new Fleet(config, {
    folders: new InProcessFolders(),
    memory,
    recorder,
    exporter: new FactExporter(limitsOf(config)),
    prune: async () => undefined,
    isReferred: () => false,
    changed: () => undefined,
    turns: new Turns(() => clock.monotonic()),
    clock,
    timers,
    log,
  });
  return { fleet, time, asked: asked.promise, open: gate.resolve };
}

it('reloads when it has started, not before', async () => {
  const { fleet, time, open } = waitingFleet(configOf('a', 'b', 'c'));
  const done = [fleet.start(), fleet.reload(configOf('b', 'd'))];
  open();
  await Promise.all(done);
  expect(fleet.clusters().map(({ name }) => name)).toEqual(['b', 'd']);
  await fleet.stop();
  expect(time.pending).toBe(0);
});

it('has nothing left when it was stopped while it started', async () => {
  const { fleet, time, asked, open } = waitingFleet(configOf('a', 'b', 'c'));
  const done = [fleet.start(), fleet.reload(configOf('d'))];
  await asked;
  done.push(fleet.stop());
  open();
  await Promise.all(done);
  await fleet.reload(configOf('e'));
  expect(fleet.clusters()).toEqual([]);
  expect(time.pending).toBe(0);
});
