/** The configurations of Prometheus and Alertmanager in examples/, judged by their own tools; flink-medic's is judged in test/config/. */

import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shippedAlerts } from '../e2e/support/shipped-alerts.ts';
import { realProgram } from '../support/real.ts';

const ROOT = join(import.meta.dirname, '../..');
const RULES = globSync(join(ROOT, 'alerts/*.rules.yml'));
const ALERTMANAGER = join(ROOT, 'examples/alertmanager.yml');
const promtool = realProgram('promtool', 'apt-get install prometheus');
const amtool = realProgram('amtool', 'apt-get install prometheus-alertmanager');

/** Names of the receivers, with commas between them. */
function routeOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const args = ['config', 'routes', 'test', `--config.file=${ALERTMANAGER}`, ...pairs];
  return execFileSync(amtool.get(), args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

it.skipIf(promtool.skip !== undefined)('prometheus.yml is right, and so are the rules that it names', () => {
  const answer = execFileSync(promtool.get(), ['check', 'config', join(ROOT, 'examples/prometheus.yml')]).toString();
  expect(answer).toContain(`SUCCESS: ${RULES.length} rule files found`);
  expect(answer).toContain('is valid prometheus config file syntax');
  expect(answer).not.toContain('FAILED');
});

describe.skipIf(amtool.skip !== undefined)('alertmanager.yml', () => {
  it('is right', () => {
    const answer = execFileSync(amtool.get(), ['check-config', ALERTMANAGER], { encoding: 'utf8', stdio: 'pipe' });
    expect(answer).toContain('SUCCESS');
  });

  it('brings the trigger to flink-medic and to people, what is critical to the pager, and the rest to people', () => {
    const alerts = shippedAlerts();
    const routes = alerts.map(({ name, labels }) => [
      name,
      routeOf({ alertname: name, ...labels, flink_cluster: 'prod', job_name: 'orders', job_id: 'a' }),
    ]);
    expect(routes).toEqual(alerts.map(({ name, labels }) => [name, receiversOf(name, labels['severity'])]));
    expect(routeOf({ alertname: 'Watchdog', severity: 'none' })).toBe('people');
    expect(routeOf({ alertname: 'FlinkJobManagerDown', severity: 'critical', flink_cluster: 'prod' })).toBe('pager');
  });
});

function receiversOf(alert: string, severity: string | undefined): string {
  if (alert === 'FlinkJobRepairWanted') return 'flink-medic,people';
  return severity === 'critical' ? 'pager' : 'people';
}
