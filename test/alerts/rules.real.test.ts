/** The shipped alert rules, judged by Prometheus' own promtool, and their tests, judged by what they must notice. */

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { realProgram } from '../support/real.ts';
import { MUTATIONS } from './mutations.ts';
import { isAlert, type RuleFile, ruleFile, type RuleGroup, type TestFile } from './support/rule-files.ts';

const ALERTS = join(import.meta.dirname, '../../alerts');
const NAMES = globSync('*.rules.yml', { cwd: ALERTS }).map((file) => basename(file, '.rules.yml'));
const promtool = realProgram('promtool', 'apt-get install prometheus');

function run(...args: readonly string[]): string {
  return execFileSync(promtool.get(), args, { encoding: 'utf8', stdio: 'pipe' });
}

describe.skipIf(promtool.skip !== undefined)(`the alert rules ${promtool.skip ?? ''}`, () => {
  it.each(NAMES)('of %s are well formed', (name) => {
    expect(run('check', 'rules', join(ALERTS, `${name}.rules.yml`))).toMatch(/SUCCESS: [1-9]\d* rules found/);
  });

  it.each(NAMES)('of %s do what their tests say', (name) => {
    expect(run('test', 'rules', join(ALERTS, `${name}.tests.yml`))).toContain('SUCCESS');
  });

  describe.each(Object.entries(MUTATIONS))('of %s have tests', (name, mutations) => {
    const { groups, tests } = ruleFile(name);
    const rules = readFileSync(join(ALERTS, `${name}.rules.yml`), 'utf8');
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'flink-medic-rules-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('for a trap of every alert', () => {
      const alerts = groups.flatMap((group) => group.rules.filter(isAlert).map(({ alert }) => alert));
      expect(alerts.filter((alert) => !mutations.some(([rule]) => rule === alert))).toEqual([]);
    });

    it.each(mutations)('of %s that notice when %s', (rule, _, text, instead) => {
      const changed = rules.replaceAll(text, instead);
      expect(changed).not.toBe(rules);
      writeFileSync(join(folder, `${name}.rules.yml`), stringify(only(rule, parse(changed) as Groups)));
      writeFileSync(join(folder, 'tests.yml'), stringify({ ...tests, tests: testsOf(rule, tests) }));
      const { status, stdout, stderr } = spawnSync(promtool.get(), ['test', 'rules', join(folder, 'tests.yml')]);
      expect({ status, out: `${stdout.toString()}${stderr.toString()}` }).toEqual({
        status: 1,
        out: expect.stringMatching(/FAILED:\n(?!.*error)/s) as unknown,
      });
    });
  });
});

type Groups = Pick<RuleFile, 'groups'>;

/** The rule with all recording rules: most of the time goes into evaluations. */
function only(name: string, { groups }: Groups): Groups {
  const isNeeded = (rule: RuleGroup['rules'][number]): boolean => !isAlert(rule) || rule.alert === name;
  return { groups: groups.map((group) => ({ ...group, rules: group.rules.filter(isNeeded) })) };
}

/** Those that look at the rule. */
function testsOf(rule: string, { tests }: TestFile): TestFile['tests'] {
  return tests.filter((test) => JSON.stringify(test).includes(`:"${rule}"`));
}
