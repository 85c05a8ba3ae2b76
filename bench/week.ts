/**
 * Whether memory, page and ledger stay as they are while a fleet lives: a simulated week under the whole program.
 *
 *     npm run bench:week -- [hours, 168 when left out] [share of the fleet, 1 when left out]
 *
 * Prints every three simulated hours what could have grown. Heap and resident memory are those of the process, in which the
 * fake JobManagers are, too.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine } from './support/report.ts';
import { part, SimulatedWeek, WEEK } from './support/simulated-week.ts';
import { remainsPerRun, type Sizes, sizesOf } from './support/sizes.ts';

const HOURS_BETWEEN = 3;

function line(week: SimulatedWeek, sizes: Sizes, seconds: number): string {
  const counted = Array.from(sizes.rows, ([table, count]) => `${table} ${count}`).filter(
    (text) => !text.startsWith('kysely'),
  );
  return [
    `${String(week.hours).padStart(4)} h (${seconds.toFixed(0)} s): ${week.runs} runs, ${week.repairs} repairs;`,
    `${sizes.series} series, page ${megabytes(sizes.pageBytes)} MB;`,
    `heap ${megabytes(sizes.heapBytes)} MB, RSS ${megabytes(sizes.residentBytes)} MB;`,
    `ledger ${megabytes(sizes.ledgerBytes)} MB (free ${megabytes(sizes.freeBytes)}, log ${megabytes(sizes.walBytes)});`,
    `${remainsPerRun(sizes).toFixed(0)} bytes stay of a run that left;`,
    `highest bound ${Math.max(...sizes.bounds.values()).toFixed(3)};`,
    counted.join(', '),
  ].join(' ');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

async function main(hours: number, share: number): Promise<void> {
  const scale = part(WEEK, share);
  console.log(machine());
  console.log(JSON.stringify(scale));
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-week-'));
  const started = performance.now();
  const week = await SimulatedWeek.start(scale, folder);
  try {
    for (;;) {
      const sizes = await sizesOf(week.url, week.storagePath);
      console.log(line(week, sizes, (performance.now() - started) / 1e3));
      if (week.hours >= hours) break;
      await week.live(HOURS_BETWEEN);
    }
  } finally {
    await week.stop();
    rmSync(folder, { recursive: true });
  }
}

await main(Number(process.argv[2] ?? 168), Number(process.argv[3] ?? 1));
