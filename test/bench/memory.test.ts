/** Keeps the benchmark of memory working, with few runs; it needs `npm run build`. What it measures is for people. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { temporaryFolder } from '../e2e/support/medic.ts';
import { until } from '../real-flink/until.ts';

const BENCH = join(import.meta.dirname, '../../bench/memory.ts');
const SIZE = ['--runs=44', '--names=10', '--seconds=1'];

it('measures a start, a life and the pages', { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...SIZE]);
  expect(stdout).toMatch(
    /^first scrape +\d+ ms: Node and modules \d+, ledger and histories \d+, rendering and answer \d+;/m,
  );
  expect(stdout).toMatch(/^resident +\d+ MiB, most \d+ MiB: under 512 MiB$/m);
  // Of so short a time the block of the event loop may not be known.
  expect(stdout).toMatch(/^\/api\/v1\/jobs +(\d+ \((\d+|NaN)\) ){3}ms$/m);
});

it('leaves no program behind when nobody reads on (`| head`)', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const bench = spawn(process.execPath, [BENCH, ...SIZE], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TMPDIR: folder },
  });
  const exited = once(bench, 'exit');
  // The next line is about the program that it starts.
  for await (const line of createInterface(bench.stdout)) if (line.startsWith('ledger')) break;
  bench.stdout.destroy();
  expect((await exited)[0]).toBe(1);
  const [home = ''] = readdirSync(folder);
  const isFree = async (): Promise<boolean> => {
    const ledger = await openSqliteLedger(join(folder, home, 'data/flink-medic.db')).catch(() => undefined);
    await ledger?.close();
    return ledger !== undefined;
  };
  await until('end of the program, which holds its ledger', isFree, { within: 10_000 });
});
