/** Keeps the benchmark of memory working, with few runs; it needs `npm run build`. What it measures is for people. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = join(import.meta.dirname, '../../bench/memory.ts');

it('measures a start, a life and the pages', { timeout: 60_000 }, async () => {
  const size = ['--runs=44', '--names=10', '--seconds=1'];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...size]);
  expect(stdout).toMatch(
    /^first scrape +\d+ ms: Node and modules \d+, ledger and histories \d+, rendering and answer \d+;/m,
  );
  expect(stdout).toMatch(/^resident +\d+ MiB, most \d+ MiB: under 512 MiB$/m);
  // Of so short a time the block of the event loop may not be known.
  expect(stdout).toMatch(/^\/api\/v1\/jobs +(\d+ \((\d+|NaN)\) ){3}ms$/m);
});
