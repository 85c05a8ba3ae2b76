/**
 * `npm --prefix grafana run generate` writes dashboards/*.json; `… run check` (`--check`) only says which of them are
 * stale, and fails when there is one.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FILES } from './files.ts';

const check = process.argv.includes('--check');

for (const { path, text } of FILES) {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue;
  if (check) {
    console.error(`grafana/dashboards/${basename(path)} is stale; run npm --prefix grafana run generate`);
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
    console.log(`wrote grafana/dashboards/${basename(path)}`);
  }
}
