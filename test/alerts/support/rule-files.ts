/** The rule files of alerts/ and the promtool tests beside them, as they are on disk. Read by the tests of alerts. */

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

const ALERTS_FOLDER = join(import.meta.dirname, '../../../alerts');

interface Rule {
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RecordingRule extends Rule {
  readonly record: string;
}

export interface AlertingRule extends Rule {
  readonly alert: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** A case of a promtool test. */
export interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

/** A part of a file of promtool tests. */
export interface TestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly tests: readonly { readonly alert_rule_test?: readonly AlertCase[] }[];
}

/** A file of rules with its tests. */
export interface RuleFile {
  /** Without `.rules.yml`. */
  readonly name: string;
  readonly groups: readonly RuleGroup[];
  readonly tests: TestFile;
}

export function isAlert(rule: RecordingRule | AlertingRule): rule is AlertingRule {
  return 'alert' in rule;
}

/** In the order of their names. */
export function ruleFiles(): RuleFile[] {
  const files = globSync('*.rules.yml', { cwd: ALERTS_FOLDER }).toSorted();
  return files.map((file) => ruleFile(basename(file, '.rules.yml')));
}

/** @param name without `.rules.yml` */
export function ruleFile(name: string): RuleFile {
  const { groups } = read(`${name}.rules.yml`) as Pick<RuleFile, 'groups'>;
  return { name, groups, tests: read(`${name}.tests.yml`) as TestFile };
}

function read(file: string): unknown {
  return parse(readFileSync(join(ALERTS_FOLDER, file), 'utf8'), { merge: true });
}
