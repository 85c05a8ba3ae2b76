/**
 * `npm run rules`: the alert rules with the URLs under which runbooks and dashboards are reached at your place, as plain
 * rule files and as a PrometheusRule.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ruleFiles } from './generate/files.ts';
import { type Bases, DEFAULT_BASES } from './generate/links.ts';

const USAGE = `Usage: npm run rules -- [--runbook-base=URL] [--dashboard-base=URL] [--output=FOLDER]

  --runbook-base=URL    where the runbooks are: a folder with ALERT.md, alerts in lower case (${DEFAULT_BASES.runbook})
  --dashboard-base=URL  where Grafana is (${DEFAULT_BASES.dashboard})
  --output=FOLDER       where to write the files (dist/rules)
  --help                show this help`;

interface Options {
  readonly help: boolean;
  readonly bases: Bases;
  readonly output: string;
}

/** @throws what is wrong with the arguments */
function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'runbook-base': { type: 'string', default: DEFAULT_BASES.runbook },
      'dashboard-base': { type: 'string', default: DEFAULT_BASES.dashboard },
      output: { type: 'string', default: join('dist', 'rules') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.output === '') throw new Error('--output needs a folder');
  const bases = {
    runbook: readBase('--runbook-base', values['runbook-base']),
    dashboard: readBase('--dashboard-base', values['dashboard-base']),
  };
  return { help: values.help, bases, output: values.output };
}

/** Paths are put behind it, and it becomes part of a template in YAML: nothing in it may mean something there. */
function readBase(flag: string, text: string): string {
  const isUrl = URL.canParse(text) && /^https?:\/\/[\w.~:/@%+,=[\]-]+$/.test(text);
  if (!isUrl) throw new Error(`${flag}: "${text}" is no http or https URL without query and fragment`);
  return text.replace(/\/+$/, '');
}

function main(): void {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`rules: ${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const { help, bases, output } = options;
  if (help) return console.log(USAGE);
  mkdirSync(output, { recursive: true });
  for (const [file, text] of ruleFiles(bases)) {
    writeFileSync(join(output, file), text);
    console.log(`wrote ${join(output, file)}`);
  }
}

main();
