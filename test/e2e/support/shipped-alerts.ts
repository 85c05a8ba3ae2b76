/** The alerts of the shipped rules, as far as Alertmanager sees them before any series is there. Called by tests. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');

export interface ShippedAlert {
  readonly name: string;
  /** Those that the rule adds. */
  readonly labels: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly labels?: Readonly<Record<string, string>> }[];
  }[];
}

/** In the order of files and rules. */
export function shippedAlerts(): ShippedAlert[] {
  const files = globSync('alerts/*.rules.yml', { cwd: ROOT }).toSorted();
  return files
    .map((file) => parse(readFileSync(join(ROOT, file), 'utf8')) as RuleFile)
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
    .flatMap(({ alert, labels = {} }) => (alert === undefined ? [] : [{ name: alert, labels }]));
}
