/** Keeps the benchmark of scrapes working, with few runs. What it measures is for people. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = join(import.meta.dirname, '../../bench/scrape.ts');

it('measures pages of both formats, as they are and compressed, against its base', { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', BENCH, '200', '1']);
  expect(stdout).toMatch(/^200 runs, \d+ lines; median of 1 rounds/m);
  for (const changed of ['all live runs changed', '5 % of them changed', 'nothing changed']) {
    expect(stdout).toMatch(new RegExp(`^prom-client \\(base\\), ${changed} `, 'm'));
    expect(stdout.match(new RegExp(`^flink-medic, ${changed} .* base / this: `, 'gm'))).toHaveLength(4);
  }
});
