/**
 * The rule files and their tests with links in them, and what is made from them for the Prometheus Operator: the list of
 * files for `npm run generate`, and those of a release for `npm run rules`. Read when they are asked for.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GeneratedFile } from '../../docs/generators/generated-file.ts';
import { annotateRules, annotateTests } from './annotate.ts';
import { type Bases, DEFAULT_BASES } from './links.ts';
import { alertmanagerConfig, prometheusRule, serviceMonitor } from './operator.ts';

const ROOT = join(import.meta.dirname, '../..');
const RULES = '.rules.yml';
const TESTS = '.tests.yml';
const OPERATOR = 'examples/kubernetes/prometheus-operator';

/** A file to write, without its folder. */
type TextFile = readonly [file: string, text: string];

/**
 * The plain rule files, and the same rules as a PrometheusRule.
 * @throws what is wrong with a file
 */
export function ruleFiles(bases: Bases): readonly TextFile[] {
  const plain = names(RULES).map((name): TextFile => [name + RULES, rulesWithLinks(name, bases)]);
  return [...plain, ['prometheusrule.yaml', prometheusRule(plain.map(([, text]) => text))]];
}

/** With the default bases: what is kept in the repository. */
export const alertFiles: readonly GeneratedFile[] = [
  ...names(RULES).map((name) => ({
    file: `alerts/${name}${RULES}`,
    render: () => rulesWithLinks(name, DEFAULT_BASES),
  })),
  ...names(TESTS).map((name) => ({
    file: `alerts/${name}${TESTS}`,
    render: () => annotateTests(name, read(`alerts/${name}${TESTS}`), DEFAULT_BASES),
  })),
  {
    file: `${OPERATOR}/prometheusrule.yaml`,
    render: () => prometheusRule(names(RULES).map((name) => rulesWithLinks(name, DEFAULT_BASES))),
  },
  { file: `${OPERATOR}/servicemonitor.yaml`, render: () => serviceMonitor(read('examples/prometheus.yml')) },
  { file: `${OPERATOR}/alertmanagerconfig.yaml`, render: () => alertmanagerConfig(read('examples/alertmanager.yml')) },
];

function rulesWithLinks(name: string, bases: Bases): string {
  return annotateRules(name, read(`alerts/${name}${RULES}`), bases);
}

/** Of the files in alerts/ that end so, without that ending, in a fixed order. */
function names(ending: string): string[] {
  return readdirSync(join(ROOT, 'alerts'))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
