/**
 * Keeps the benchmark of many clusters working, with few of them and without Prometheus; it needs `npm run build`. What it
 * measures is for people.
 */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = join(import.meta.dirname, '../../bench/cardinality.ts');

it('counts the series of all clusters and of each', { timeout: 60_000 }, async () => {
  const size = ['--clusters=2', '--live=4', '--ended=20', '--names=10', '--scrapes=1', '--no-prometheus'];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...size]);
  expect(stdout).toMatch(/^2 clusters, 4 live runs, 20 ended ones of 10 names$/m);
  expect(stdout).toMatch(/^all +\d{3,} series, [\d.]+ MB, [\d.]+ MB compressed, \d+ ms$/m);
  expect(stdout).toMatch(/^one cluster +at most \d{3,} series, [\d.]+ MB, \d+ ms$/m);
});
