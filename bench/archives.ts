/**
 * What it costs to learn how 5,000 jobs ended, or 200 of 600 tasks each, from their archives: the whole program, from its
 * first look at the folder until all are in the ledger and on /metrics. Against Flink's own HistoryServer on the same
 * folder, and against one `JSON.parse` a file without any ledger.
 *
 *     npm run bench:archives -- [--no-history-server] [--small=5000] [--large=200] [--rounds=3]
 *
 * All read from memory where there is room, one after the other, each in fresh processes; figures are medians of the
 * rounds. The HistoryServer runs once: it takes minutes, and up to 7 GB of disk while it does.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startHistoryServer } from '../test/real-flink/history-server.ts';
import { realFlink } from '../test/real-flink/home.ts';
import { until } from '../test/real-flink/until.ts';
import { type ArchiveShape, LARGE, makeArchives, SMALL } from './support/archive-maker.ts';
import { Program } from './support/program.ts';
import { machine, median, ratio } from './support/report.ts';

const PARSER = new URL('support/parse-archives.ts', import.meta.url).pathname;
const FLINK = '1.20.3';
/** With a compiler that optimises, unlike in tests. */
const JVM = ['-Xmx1g', '-XX:TieredStopAtLevel=4', '-XX:-UseSerialGC', '-XX:+UseG1GC'];
const MEMORY_MIB = 200;
/** A file system in memory: some virtual machines have their page cache emptied within a minute. */
const IN_MEMORY = '/dev/shm';
/** More than one and a half times what the larger set takes, so that the machine keeps some. */
const ARCHIVE_BYTES = 1e9;

interface Floors {
  readonly historyServer: number;
  readonly jsonParse: number;
}

/** From the first look at the folder. */
interface Start {
  readonly milliseconds: number;
  /** The longest that the event loop stood still, in milliseconds. */
  readonly longestBlock: number;
  readonly peakMemory: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'no-history-server': { type: 'boolean', default: false },
      small: { type: 'string', default: '5000' },
      large: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const rounds = Number(values.rounds);
  const historyServer = !values['no-history-server'];
  console.log(machine());
  if (!historyServer) console.log("Flink's HistoryServer was left out (--no-history-server)");
  const small = { ...SMALL, files: Number(values.small), names: 250 };
  await compare('small', small, rounds, historyServer, { historyServer: 40, jsonParse: 1.5 });
  const large = { ...LARGE, files: Number(values.large), names: 250 };
  await compare('large', large, rounds, historyServer, { historyServer: 500, jsonParse: 20 });
}

async function compare(
  title: string,
  shape: ArchiveShape,
  rounds: number,
  historyServer: boolean,
  floors: Floors,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'flink-medic-bench-'));
  const inMemory = hasRoom(IN_MEMORY);
  const folder = mkdtempSync(join(inMemory ? IN_MEMORY : tmpdir(), 'flink-medic-bench-archives-'));
  try {
    const bytes = makeArchives(folder, shape);
    const place = inMemory ? 'in memory' : 'on disk';
    console.log(`\n${title}: ${shape.files} archives, ${(bytes / 1e6).toFixed(0)} MB ${place}`);
    const parsed: number[] = [];
    const firsts: Start[] = [];
    const seconds: Start[] = [];
    for (let round = 0; round < rounds; round++) {
      parsed.push(Number(execFileSync(process.execPath, [PARSER, folder], { encoding: 'utf8' })));
      const home = join(directory, `round-${String(round)}`);
      mkdirSync(home);
      firsts.push(await measureStart(home, folder, shape.files));
      seconds.push(await measureStart(home, folder, shape.files));
    }
    const first = medianOf(firsts);
    const second = medianOf(seconds);
    const base = median(parsed);
    print('one JSON.parse a file (base)', base);
    print(
      'flink-medic, first start',
      first.milliseconds,
      `base / this: ${ratio(base, first.milliseconds, floors.jsonParse)}`,
    );
    print(
      'flink-medic, nothing new',
      second.milliseconds,
      `first / this: ${ratio(first.milliseconds, second.milliseconds, 5)}`,
    );
    const [block, memory] = [first.longestBlock.toFixed(0), first.peakMemory.toFixed(0)];
    const verdict = first.peakMemory < MEMORY_MIB ? 'under' : 'NOT UNDER';
    console.log(`longest block of the event loop ${block} ms; peak resident ${memory} MiB (${verdict} ${MEMORY_MIB})`);
    if (!historyServer) return;
    const unpacked = await measureHistoryServer(folder, shape.files);
    print(
      "Flink's HistoryServer (base)",
      unpacked,
      `this / flink-medic: ${ratio(unpacked, first.milliseconds, floors.historyServer)}`,
    );
  } finally {
    for (const path of [directory, folder]) rmSync(path, { recursive: true, force: true });
  }
}

/** Containers have 64 MB of it. */
function hasRoom(directory: string): boolean {
  if (!existsSync(directory)) return false;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize > ARCHIVE_BYTES;
}

/** Starts the program on the folder and stops it when a page of /metrics shows every archive; what a scan found is committed. */
async function measureStart(home: string, folder: string, files: number): Promise<Start> {
  const program = new Program(home, { clusters: [{ name: 'bench', jobmanagers: [], archives: [folder] }] });
  try {
    await program.loggedAt('archives were scanned for the first time');
    const { text } = await program.get('/metrics');
    const milliseconds = Date.now() - scanStartedAt(text);
    const statuses = text.split('\n').filter((line) => line.startsWith('flink_job_final_status{')).length;
    if (statuses !== files) throw new Error(`${statuses} of ${files} archives are on /metrics`);
    const longestBlock = Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1]) * 1000;
    return { milliseconds, longestBlock, peakMemory: program.peakMemory() };
  } finally {
    await program.stop();
  }
}

/** When the only scan of the page began, by the program's clock; milliseconds since the epoch. */
function scanStartedAt(page: string): number {
  return 1000 * (valueOf('flink_archive_last_scan_timestamp_seconds') - valueOf('flink_archive_scan_duration_seconds'));

  function valueOf(family: string): number {
    const value = new RegExp(`^${family}\\{.*\\} (\\S+)`, 'm').exec(page)?.[1];
    if (value === undefined) throw new Error(`${family} is not on /metrics`);
    return Number(value);
  }
}

/** From its first answer: what the JVM takes to start is not counted. */
async function measureHistoryServer(folder: string, files: number): Promise<number> {
  const server = await startHistoryServer(realFlink(FLINK).get(), [folder], JVM);
  try {
    const startedAt = performance.now();
    const listed = z.object({ jobs: z.array(z.unknown()) });
    const all = async () => (await server.rest.tryGet('/jobs/overview', listed))?.jobs.length === files;
    await until('list of all jobs', all, { within: 580_000, every: 250 });
    return performance.now() - startedAt;
  } finally {
    await server.stop();
  }
}

/** Of times the median, of blocks and memory the worst. */
function medianOf(starts: readonly Start[]): Start {
  return {
    milliseconds: median(starts.map(({ milliseconds }) => milliseconds)),
    longestBlock: Math.max(...starts.map(({ longestBlock }) => longestBlock)),
    peakMemory: Math.max(...starts.map(({ peakMemory }) => peakMemory)),
  };
}

function print(name: string, milliseconds: number, compared = ''): void {
  console.log(`${name.padEnd(32)} ${milliseconds.toFixed(0).padStart(7)} ms${compared && `, ${compared}`}`);
}

await main();
