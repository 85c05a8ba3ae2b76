/** The command line of `npm run rules`. Called by `../rules.ts`. */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bases, DEFAULT_BASES } from './links.ts';

export const USAGE = `Usage: npm run rules -- [--runbook-base=URL] [--dashboard-base=URL] [--output=FOLDER]

  --runbook-base=URL    where the runbooks are: a folder with ALERT.md, alerts in lower case (${DEFAULT_BASES.runbook})
  --dashboard-base=URL  where Grafana is (${DEFAULT_BASES.dashboard})
  --output=FOLDER       where to write the files (dist/rules)
  --help                show this help`;

export interface Options {
  readonly help: boolean;
  readonly bases: Bases;
  /** A folder, made when it is not there. */
  readonly output: string;
}

/** @throws what is wrong with the arguments */
export function readOptions(args: readonly string[]): Options {
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
  if (new URL(text).username !== '') throw new Error(`${flag}: leave out the user; it would be in every alert`);
  return text.replace(/\/+$/, '');
}
