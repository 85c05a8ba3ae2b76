/** The tests of the rules about clusters and flink-medic notice whatever mistake is made in a rule. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { realProgram } from '../support/real.ts';
import { type Mutant, mutantsOf } from './support/mutants.ts';
import { type AlertingRule, isAlert, ruleFile, type TestFile } from './support/rule-files.ts';

const promtool = realProgram('promtool', 'apt-get install prometheus');
const NO_MISTAKE = 'no mistake';

describe.skipIf(promtool.skip !== undefined)(`the tests of alert rules ${promtool.skip ?? ''}`, () => {
  it.each(['flink-clusters', 'flink-medic'])('of %s notice every mistake', (name) => {
    const { groups, tests } = ruleFile(name);
    const rules = groups.flatMap((group) => group.rules).filter(isAlert);
    const mutants = new Map(rules.flatMap((rule) => named(rule)));
    const folder = mkdtempSync(join(tmpdir(), 'flink-medic-mutants-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = rules.map(({ alert }) => write(folder, alert, [...mutants], tests));

    const { stdout, stderr } = spawnSync(promtool.get(), ['test', 'rules', ...files], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const noticed = new Set(Array.from(`${stdout}${stderr}`.matchAll(/alertname: ?(\w+), time:/g), ([, one]) => one));
    const unnoticed = [...mutants].filter(([one]) => !noticed.has(one));
    expect(unnoticed.map(([, { mistake, rule }]) => `${rule.alert}: ${mistake}`)).toEqual(
      rules.map(({ alert }) => `${alert}: ${NO_MISTAKE}`),
    );
  });
});

/** The rule as it is and its mutants, each under a name of its own, so that all are evaluated at once. */
function named(rule: AlertingRule): [string, Mutant][] {
  return [{ mistake: NO_MISTAKE, rule }, ...mutantsOf(rule)].map((mutant, index) => [`${rule.alert}_${index}`, mutant]);
}

/** Writes the mutants of an alert, and the tests that are about it for each of them; returns the file of tests. */
function write(folder: string, alert: string, mutants: readonly [string, Mutant][], tests: TestFile): string {
  const own = mutants.filter(([, { rule }]) => rule.alert === alert);
  const rules = own.map(([name, { rule }]) => ({ ...rule, alert: name }));
  writeFileSync(join(folder, `${alert}.rules.yml`), stringify({ groups: [{ name: alert, rules }] }));
  const about = tests.tests.flatMap(({ alert_rule_test: cases = [], ...test }) => {
    const repeated = cases
      .filter(({ alertname }) => alertname === alert)
      .flatMap((each) => own.map(([name]) => ({ ...each, alertname: name })));
    return repeated.length === 0 ? [] : [{ ...test, alert_rule_test: repeated }];
  });
  const file = join(folder, `${alert}.tests.yml`);
  const content = { ...tests, rule_files: [`${alert}.rules.yml`], tests: about };
  writeFileSync(file, stringify(content, { aliasDuplicateObjects: false }));
  return file;
}
