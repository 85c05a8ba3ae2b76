/**
 * Memory, and the time to the first scrape, of the whole program with a full ledger: `dist/main.js` with its JobManagers in
 * another process, scraped with gzip as Prometheus does, and then asked for the pages that people look at.
 *
 *     npm run bench:memory -- [--runs 110000] [--names 5000] [--seconds 90]
 *
 * Of eleven runs ten are archived and one lives, on ten clusters; `--names` are the job names of the archived ones. The
 * clusters are observed every two seconds, five times as often as by default. Run it with other sizes to see what grows.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSqliteLedger } from '../src/ledger/sqlite/open.ts';
import { fillLedger } from './support/fill-ledger.ts';
import { clusterName, type FleetSize, jobIdOf, liveName } from './support/large-fleet.ts';
import { Program } from './support/program.ts';
import { machine } from './support/report.ts';
import { startFakes } from './support/start-fakes.ts';

const MOST_MIB = 512;
const FIRST_SCRAPE_MS = 2000;
const CLUSTERS = 10;
const SCRAPE_MS = 5000;
/** Times that each page is asked for. */
const ROUNDS = 3;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '110000' },
    names: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '90' },
  },
});
const runs = Number(values.runs);
const live = Math.round(runs / 11);
const ended = runs - live;
const size: FleetSize = { clusters: CLUSTERS, live, ended, names: Math.min(ended, Number(values.names)) };

console.log(machine());
const folder = mkdtempSync(join(tmpdir(), 'flink-medic-bench-'));
const now = Math.floor(Date.now() / 1000) * 1000;
try {
  await fill();
  // Whoever starts a program has not written all of that a moment ago.
  execFileSync('sync');
  const fakes = await startFakes({ size, folder, now });
  const program = new Program(folder, configuration(fakes.addresses));
  try {
    await measureStart(program);
    await measureLife(program);
    await measurePages(program);
  } finally {
    await program.stop();
    await fakes.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fill(): Promise<void> {
  const file = join(folder, 'data', 'flink-medic.db');
  const ledger = await openSqliteLedger(file);
  await fillLedger(ledger, size, folder, now);
  await ledger.close();
  print('runs', `${size.ended} archived of ${size.names} names, ${size.live} live, ${CLUSTERS} clusters`);
  print('ledger', `${perRun(statSync(file).size)} on disk`);
}

async function measureStart(program: Program): Promise<void> {
  const after = (at: number): number => at - program.startedAt;
  const ready = await first(program, (page) => countOf(page, 'flink_job_final_status') >= size.names);
  const node = after(await program.loggedAt('flink-medic starts'));
  const listening = after(await program.loggedAt('listening'));
  const parts = `Node and modules ${node}, ledger and histories ${listening - node}, rendering and answer ${after(ready.at) - listening}`;
  print('first scrape', `${after(ready.at)} ms: ${parts}; ${floor(after(ready.at), FIRST_SCRAPE_MS, 'ms')}`);
  print('main thread', `${String(program.mainThreadMs())} ms of a processor until then`);
  print('resident', `${program.memory().toFixed(0)} MiB, most ${program.peakMemory().toFixed(0)} MiB`);
  const complete = await first(program, (page) => countOf(page, 'flink_job_start_timestamp_seconds') >= size.live);
  print('all observed', `after ${after(complete.at)} ms`);
  print('page', `${countOf(complete.page, '')} series, ${mib(complete.page.length)}`);
}

/** The first page that fits, and when it had arrived, still compressed. */
async function first(program: Program, fits: (page: string) => boolean): Promise<{ page: string; at: number }> {
  await program.address();
  for (;;) {
    const startedAt = Date.now();
    const { text: page, ms } = await program.scrape();
    if (fits(page)) return { page, at: Math.round(startedAt + ms) };
    // As little as it can to disturb what is measured.
    await setTimeout(100);
  }
}

async function measureLife(program: Program): Promise<void> {
  const lifeMs = 1000 * Number(values.seconds);
  const until = Date.now() + lifeMs;
  const resident: string[] = [];
  const scrapes: string[] = [];
  let leastHeap = Number.POSITIVE_INFINITY;
  while (Date.now() < until) {
    await setTimeout(Math.min(SCRAPE_MS, lifeMs));
    const { text, ms } = await program.scrape();
    resident.push(program.memory().toFixed(0));
    scrapes.push(ms.toFixed(0));
    leastHeap = Math.min(leastHeap, sampleOf(text, 'nodejs_heap_size_used_bytes'));
  }
  print('heap used, least', perRun(leastHeap));
  print(
    'resident',
    `${resident.join(' ')} MiB, most ${program.peakMemory().toFixed(0)} MiB: ${floor(program.peakMemory(), MOST_MIB, 'MiB')}`,
  );
  print('scrapes', `${scrapes.join(' ')} ms`);
}

/** How long a page takes and, in brackets, the longest block of the event loop meanwhile. */
async function measurePages(program: Program): Promise<void> {
  const cluster = clusterName(0);
  const paths = [
    '/',
    '/ui/jobs',
    '/ui/jobs?runs=all&sort=name',
    '/ui/jobs?state=FAILED&sort=-since',
    `/ui/jobs?name=${liveName(0)}`,
    `/ui/jobs/${cluster}/${jobIdOf('live', 0, 0)}`,
    `/api/v1/explain/${cluster}/${jobIdOf('ended', 0, 0)}`,
    '/api/v1/jobs',
    `/api/v1/jobs?flink_cluster=${cluster}&state=FAILED`,
    '/api/v1/clusters',
  ];
  for (const path of paths) {
    const times: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Its own metrics alone; each page begins the measurement of blocks anew.
      await program.scrape('/metrics?flink_cluster=');
      const { ms } = await program.scrape(path);
      const { text } = await program.scrape('/metrics?flink_cluster=');
      times.push(`${ms.toFixed(0)} (${(1000 * sampleOf(text, 'nodejs_eventloop_lag_max_seconds')).toFixed(0)})`);
    }
    print(path, `${times.join(' ')} ms`);
  }
  print('resident', `${program.memory().toFixed(0)} MiB, most ${program.peakMemory().toFixed(0)} MiB`);
}

function configuration(addresses: readonly string[]): object {
  return {
    observe: { interval: '2s' },
    clusters: addresses.map((address, index) => ({
      name: clusterName(index),
      jobmanagers: [address],
      archives: [join(folder, clusterName(index))],
    })),
  };
}

/** Samples whose family begins so. */
function countOf(page: string, name: string): number {
  return page.match(new RegExp(`^(?!#)${name}`, 'gm'))?.length ?? 0;
}

function sampleOf(page: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1]);
}

function print(what: string, text: string): void {
  console.log(`${what.padEnd(20)} ${text}`);
}

function perRun(bytes: number): string {
  return `${mib(bytes)}, ${(bytes / runs).toFixed(0)} bytes a run`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function floor(value: number, most: number, unit: string): string {
  return `${value < most ? 'under' : 'NOT under'} ${most} ${unit}`;
}
