/** The real program with a folder full of files that are no good archives: it counts them, and takes what becomes of them. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { craftArchive, jobIdOf } from '../archive/crafted-archive.ts';
import { putHostileFiles } from '../archive/hostile-files.ts';
import { temporaryFolder } from './support/medic.ts';
import { MedicProcess } from './support/medic-process.ts';
import type { Page } from './support/page.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

function valueOf(page: Page, family: string, part = ''): number {
  const [line = ''] = page.lines(family, part);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** The pages until the archive files are counted like this: how much memory the program had at most. */
async function memoryUntil(
  medic: MedicProcess,
  indexed: number,
  incomplete: number,
  unreadable: number,
): Promise<number> {
  let peak = 0;
  const counts = async (): Promise<number[]> => {
    const page = await medic.page();
    peak = Math.max(peak, valueOf(page, 'process_resident_memory_bytes'));
    return ['indexed', 'incomplete', 'unreadable'].map((condition) =>
      valueOf(page, 'flink_archive_files', `condition="${condition}"`),
    );
  };
  await expect.poll(counts, { timeout: 60_000, interval: 50 }).toEqual([indexed, incomplete, unreadable]);
  return peak;
}

it('counts what lies in a hostile folder, in bounded memory, and takes what is mended', {
  timeout: 180_000,
}, async () => {
  const directory = temporaryFolder();
  const folder = temporaryFolder();
  const files = await putHostileFiles(folder, GIB);
  // Crafted archives are of 2023.
  const retention = { ended_runs: '10y' };
  const config = { clusters: [{ name: 'prod', archives: [folder] }], archives: { scan_interval: '1s' }, retention };
  writeFileSync(join(directory, 'flink-medic.yml'), JSON.stringify(config));
  const medic = new MedicProcess(['--config.file=flink-medic.yml'], directory);

  const indexed = files.filter(({ said }) => said === 'outcome').length;
  const incomplete = files.filter(({ said }) => said === 'incomplete').length;
  // A folder is not even listed.
  const unreadable = files.length - indexed - incomplete - 1;
  expect(await memoryUntil(medic, indexed, incomplete, unreadable)).toBeLessThan(300 * MIB);

  // Whatever it was, a good archive in its place is one.
  for (const [index, { path }] of files.entries()) {
    rmSync(path, { recursive: true });
    writeFileSync(path, craftArchive({ jobId: jobIdOf(index + 1) }));
  }
  expect(await memoryUntil(medic, files.length, 0, 0)).toBeLessThan(300 * MIB);
  const ended = 'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FAILED"}';
  const page = await medic.pageWith(`${ended} ${String(files.length)}`);
  expect(valueOf(page, 'flink_archive_up')).toBe(1);
  expect(medic.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  expect(await medic.end('SIGTERM')).toBe(0);
});
