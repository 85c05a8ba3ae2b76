/**
 * What it costs to observe steady jobs on one cluster: the whole program in this process, in simulated time, and its
 * JobManager in another. Used by `bench/observe.ts`.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Medic } from '../../src/app/medic.ts';
import { FolderThreads } from '../../src/archive/folder-threads.ts';
import { makeLogger } from '../../src/cli/logger.ts';
import { LoopTimers } from '../../test/e2e/support/loop-timers.ts';
import { ManualTime } from '../../test/e2e/support/manual-time.ts';
import type { Kind } from './fake-clusters.ts';
import { Fakes } from './fakes.ts';

/** Retention, restart worker, notifier, and the cluster. */
const LOOPS = 4;
const POLL_MS = 10_000;
/** A minute, for what the cluster says of itself. */
const FACTS = 2;
/** Until everything was read that is read once. */
const WARM_UP_MS = 180_000;

export interface Steady {
  readonly polls: number;
  /** By route. */
  readonly requests: ReadonlyMap<string, number>;
  /** Checkpoints that were due. */
  readonly due: number;
  /** How many requests there may be of these polls. */
  readonly allowed: number;
  /** Processor time of all polls, milliseconds. */
  readonly busyMs: number;
}

/** @param minutes simulated, without the warm-up */
export async function observeSteady(jobs: number, kind: Kind, minutes: number): Promise<Steady> {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-bench-'));
  const time = new ManualTime();
  const fakes = await Fakes.start({ start: time.manual.now(), clusters: 1, jobs, kind });
  const timers = new LoopTimers(time);
  const medic = medicOf(folder, fakes.addresses, time, timers);
  try {
    await medic.start();
    await timers.resting(LOOPS);
    await observe(WARM_UP_MS / POLL_MS);
    const before = await fakes.live(time.manual.now());
    const polls = (minutes * 60_000) / POLL_MS;
    const busyMs = await observe(polls);
    const after = await fakes.live(time.manual.now());
    const requests = new Map(
      Object.entries(after.requests).map(([route, count]) => [route, count - (before.requests[route] ?? 0)]),
    );
    const completed = after.completedCheckpoints - before.completedCheckpoints;
    // Those that do not come may cost what they would cost if they came.
    const due = kind === 'overdue' ? jobs * minutes : completed;
    return { polls, requests, due, allowed: polls + due + FACTS * minutes, busyMs };
  } finally {
    await medic.stop();
    await fakes.stop();
    rmSync(folder, { recursive: true });
  }

  /** @returns the processor time that this process took, milliseconds */
  async function observe(polls: number): Promise<number> {
    let busy = 0;
    for (let poll = 0; poll < polls; poll++) {
      const next = time.manual.now() + POLL_MS;
      await fakes.live(next);
      const before = process.cpuUsage();
      while (time.fireNext(next)) await timers.resting(LOOPS);
      const { user, system } = process.cpuUsage(before);
      busy += (user + system) / 1000;
    }
    return busy;
  }
}

function medicOf(folder: string, jobmanagers: readonly string[], time: ManualTime, timers: LoopTimers): Medic {
  const configFile = join(folder, 'flink-medic.yml');
  writeFileSync(configFile, JSON.stringify({ clusters: [{ name: 'prod', jobmanagers, archives: [] }] }));
  return new Medic({
    configFile,
    storagePath: join(folder, 'data'),
    listenAddresses: ['127.0.0.1:0'],
    archiveFolders: new FolderThreads(timers),
    systemdSocket: false,
    telemetryPath: '/metrics',
    routePrefix: '',
    enableLifecycle: false,
    env: {},
    clock: time.clock,
    timers,
    log: makeLogger({ level: 'warn', format: 'json', write: (line) => process.stderr.write(line) }),
  });
}
