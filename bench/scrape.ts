/**
 * What a scrape costs the event loop: flink-medic against prom-client (the base) with the same series, from the change of a
 * fact until the page is written to a socket.
 *
 *     npm run bench:scrape -- [runs, 10000 when left out] [rounds, 5 of up to 20,000 runs, otherwise 1]
 *
 * Each server is a process of its own, scraped by this one. A change is a completed checkpoint of so many of the live runs,
 * all over the fleet; of one in twenty a restart, too. Prints medians of the processor time of the servers' main threads,
 * the longest turn of the event loop in any round, and what it takes to write the same bytes when they are there already.
 */

import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Scraped, Scraper, type Wanted } from './scrape/scraper.ts';
import { machine, median, ratio } from './support/report.ts';

const TEXT: Wanted = { format: 'text', gzip: false };
const WANTED: readonly Wanted[] = [
  TEXT,
  { format: 'openmetrics', gzip: false },
  { format: 'text', gzip: true },
  { format: 'openmetrics', gzip: true },
];
/** The share of live runs that change, and how many times less than the base a scrape must take. */
const CASES = [
  { name: 'all live runs changed', share: 1, floor: 10 },
  { name: '5 % of them changed', share: 0.05, floor: 10 },
  { name: 'nothing changed', share: 0, floor: 30 },
];
const LONGEST_BLOCK_MS = 50;
/** Runs rendered before anything is measured, in ten rounds at most: until what runs often is compiled. */
const WARM_UP_RUNS = 200_000;
/** With more runs the base takes so long for a page that one round has to do. */
const MANY_RUNS = 20_000;
/** The heap that prom-client needs for 100,000 runs, MiB. */
const HEAP = 16_384;

/** Medians, but for the longest block, which is that of all rounds. */
async function measure(server: Scraper, rounds: number, share: number, wanted: Wanted): Promise<Scraped> {
  const scraped: Scraped[] = [];
  for (let round = 0; round < rounds; round++)
    scraped.push(await server.scrape({ changed: share, blocks: false }, wanted));
  let longestBlock = 0;
  for (let round = 0; round < rounds; round++) {
    longestBlock = Math.max(longestBlock, (await server.scrape({ changed: share, blocks: true }, wanted)).longestBlock);
  }
  return { busy: median(scraped.map(({ busy }) => busy)), longestBlock, bytes: scraped.at(-1)?.bytes ?? 0 };
}

async function warmUp(server: Scraper, runs: number): Promise<void> {
  const rounds = Math.min(10, Math.ceil(WARM_UP_RUNS / runs));
  for (let round = 0; round < rounds; round++) await server.scrape({ changed: 1, blocks: false }, TEXT);
}

function print(name: string, wanted: Wanted, { busy, longestBlock, bytes }: Scraped, compared = ''): void {
  const form = `${wanted.format}${wanted.gzip ? ', gzip' : ''}`;
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${name.padEnd(37)} ${form.padEnd(18)} ${size.padStart(9)} ${busy.toFixed(1).padStart(8)} ms ` +
      `${longestBlock.toFixed(1).padStart(7)} ms  ${compared}`,
  );
}

/** The first page, as a file: the base is made from it. */
async function savePage(server: Scraper, path: string): Promise<{ readonly first: Scraped; readonly series: number }> {
  const file = createWriteStream(path);
  let series = 0;
  const first = await server.scrape({ changed: 0, blocks: false }, TEXT, (piece) => {
    file.write(piece);
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) series += 1;
  });
  file.end();
  await finished(file);
  return { first, series };
}

async function main(runs: number, rounds: number, page: string): Promise<void> {
  console.log(machine());
  await using ours = await Scraper.start('ours.ts', String(runs), HEAP);
  const { first, series } = await savePage(ours, page);
  await warmUp(ours, runs);
  console.log(`${runs} runs, ${series} lines; median of ${rounds} rounds; size, time on the event loop, longest block`);
  await using limit = await Scraper.start('limit.ts', page, HEAP);
  print('written only (the limit)', TEXT, await measure(limit, rounds, 0, TEXT));
  await using base = await Scraper.start('base.ts', page, HEAP);
  await warmUp(base, runs);
  for (const { name, share, floor } of CASES) {
    const cost = await measure(base, rounds, share, TEXT);
    print(`prom-client (base), ${name}`, TEXT, cost);
    for (const wanted of WANTED) {
      const scraped = await measure(ours, rounds, share, wanted);
      print(`flink-medic, ${name}`, wanted, scraped, `base / this: ${ratio(cost.busy, scraped.busy, floor)}`);
      if (scraped.longestBlock > LONGEST_BLOCK_MS) console.log(`  a block of MORE than ${LONGEST_BLOCK_MS} ms`);
    }
  }
  print('flink-medic, all new', TEXT, first);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-scrape-'));
try {
  const runs = Number(process.argv[2] ?? 10_000);
  const rounds = Number(process.argv[3] ?? (runs > MANY_RUNS ? 1 : 5));
  await main(runs, rounds, join(folder, 'page.txt'));
} finally {
  rmSync(folder, { recursive: true });
}
