/** The links in promtool's tests are those that Prometheus makes of the templates. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { annotateRules, annotateTests } from '../../alerts/generate/annotate.ts';
import { DEFAULT_BASES } from '../../alerts/generate/links.ts';
import { realProgram } from '../support/real.ts';

const promtool = realProgram('promtool', 'apt-get install prometheus');
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

function expectedAlert(labels: object): string {
  return `{exp_labels: ${JSON.stringify(labels)}, exp_annotations: {summary: S., description: D.}}`;
}

it.skipIf(promtool.skip !== undefined)('Prometheus and the generator fill in links alike', () => {
  const labels = { flink_cluster: 'ü€😀\u0000\n', job_name: PRINTABLE };
  const rules = `groups:
  - name: g
    rules:
      - alert: A
        expr: up > 0
        annotations:
          summary: S.
          description: D.
`;
  const series = `up{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join()}}`;
  const tests = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: ${JSON.stringify(series)}, values: '1 1'}
      - {series: up, values: '1 1'}
    alert_rule_test:
      - {eval_time: 1m, alertname: A, exp_alerts: [${expectedAlert(labels)}, ${expectedAlert({})}]}
`;
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-links-'));
  try {
    writeFileSync(join(folder, 'rules.yml'), annotateRules('flink-jobs', rules, DEFAULT_BASES));
    writeFileSync(join(folder, 'tests.yml'), annotateTests('flink-jobs', tests, DEFAULT_BASES));
    expect(execFileSync(promtool.get(), ['test', 'rules', join(folder, 'tests.yml')], { encoding: 'utf8' })).toContain(
      'SUCCESS',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
