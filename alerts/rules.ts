/**
 * `npm run rules`: the alert rules with the URLs under which runbooks and dashboards are reached at your place, as plain
 * rule files and as a PrometheusRule.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../src/core/errors.ts';
import { ruleFiles } from './generate/files.ts';
import { type Options, readOptions, USAGE } from './generate/options.ts';

function main(): void {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`rules: ${messageOf(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const { help, bases, output } = options;
  if (help) return console.log(USAGE);
  try {
    mkdirSync(output, { recursive: true });
    for (const [file, text] of ruleFiles(bases)) {
      writeFileSync(join(output, file), text);
      console.log(`wrote ${join(output, file)}`);
    }
  } catch (error) {
    console.error(`rules: cannot write to ${output}: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

main();
