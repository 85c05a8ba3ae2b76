/** Keeps the benchmark of archives working, with few of them; it needs `npm run build`. What it measures is for people. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = join(import.meta.dirname, '../../bench/archives.ts');

it('measures two starts against its base', { timeout: 60_000 }, async () => {
  const flags = ['--no-history-server', '--small=20', '--large=2', '--rounds=1'];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...flags]);
  expect(stdout).toMatch(/^small: 20 archives, 2 MB (in memory|on disk)$/m);
  expect(stdout).toMatch(/^large: 2 archives, 6 MB (in memory|on disk)$/m);
  expect(stdout.match(/^flink-medic, (?:first start|nothing new) +\d+ ms/gm)).toHaveLength(4);
});
