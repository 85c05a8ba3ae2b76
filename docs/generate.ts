/**
 * `npm run generate` writes every file that is made from the program; `npm run check:generated` (`--check`) only says
 * which of them are stale, and fails when there is one.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { alertFiles } from '../alerts/generate/files.ts';
import { boundsPart } from './generators/bounds.ts';
import { cliPage, serveFlagsPart } from './generators/cli.ts';
import { configSchemaFile } from './generators/config-schema.ts';
import { configurationPage } from './generators/configuration.ts';
import { errorsPage } from './generators/errors.ts';
import type { GeneratedFile } from './generators/generated-file.ts';
import { metricsPage } from './generators/metrics.ts';
import { attemptFailuresPart, reasonsPart } from './generators/restarts.ts';
import { rulesPart } from './generators/truth.ts';

const GENERATED: readonly GeneratedFile[] = [
  configSchemaFile,
  configurationPage,
  errorsPage,
  metricsPage,
  cliPage,
  serveFlagsPart,
  rulesPart,
  reasonsPart,
  attemptFailuresPart,
  boundsPart,
  ...alertFiles,
];

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');

for (const { file, render } of GENERATED) {
  const path = join(root, file);
  const text = render();
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue;
  if (check) {
    console.error(`${file} is stale; run npm run generate`);
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
    console.log(`wrote ${file}`);
  }
}
