/** The families of the restart bridge as a whole: their first page as whole text, and what each event changes. */

import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RestartMode } from '../../src/core/restart/policy.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import { RepairExporter } from '../../src/metrics/repair-exporter.ts';
import type { RestartView } from '../../src/metrics/restart-families.ts';
import { RestartMetrics } from '../../src/metrics/restart-metrics.ts';
import { realProgram } from '../support/real.ts';
import { pageText } from './fixture.ts';
import { parseExposition } from './parse-exposition.ts';

let mode: RestartMode;
let paused: { cluster: string; since: number }[];
let breakers: { cluster: string; open: boolean }[];
const NOW = 1_700_000_000_500;
let metrics: RestartMetrics;

const view: RestartView = {
  mode: () => mode,
  paused: () => paused,
  breakers: () => breakers,
  bounds: () => ({
    concurrent_restarts: 0.5,
    attempts_per_hour: 0,
    waiting_alerts: 0,
    waiting_notifications: 1,
    exported_runs: 0.25,
    live_runs: 0,
    ended_runs: 0,
    incidents: 0,
    alert_deliveries: 0,
    audit_events: 0,
    unwritten_events: 0,
  }),
};

beforeEach(() => {
  mode = 'dry_run';
  paused = [];
  breakers = [{ cluster: 'prod', open: false }];
  metrics = new RestartMetrics(view, { now: () => NOW });
});

const page = (format: 'text' | 'openmetrics' = 'text') => pageText(new Exposition([], metrics), { format });

const samples = (text: string) => text.match(/^[^#].*$/gm);

test('starts with every closed list at 0, and without times', async () => {
  await expect(await page()).toMatchFileSnapshot('restart-metrics.txt');
});

test('is the same in OpenMetrics but for headers and end', async () => {
  metrics.decided('accepted');
  const [text, openMetrics] = [await page(), await page('openmetrics')];
  expect(samples(openMetrics)).toEqual(samples(text));
  const families = parseExposition(openMetrics, 'openmetrics');
  expect(families.get('flink_medic_restart_decisions')?.samples[0]?.value).toBe(1);
  expect(families.get('flink_medic_restart_duration_seconds')?.type).toBe('histogram');
});

test('reads the view at each scrape', async () => {
  await page();
  mode = 'on';
  paused = [
    { cluster: '', since: 1_600_000_000_000 },
    { cluster: 'prod', since: 1_650_000_000_250 },
  ];
  breakers = [{ cluster: 'prod', open: true }];
  const text = await page();
  expect(text).toContain(`
flink_medic_restart_mode{mode="off"} 0
flink_medic_restart_mode{mode="dry_run"} 0
flink_medic_restart_mode{mode="on"} 1
`);
  expect(text).toContain(`
flink_medic_paused_since_timestamp_seconds{flink_cluster=""} 1600000000
flink_medic_paused_since_timestamp_seconds{flink_cluster="prod"} 1650000000.25
`);
  expect(text).toContain('\nflink_medic_breaker_open{flink_cluster="prod"} 1\n');
});

test.each<[event: string, happen: () => void, line: string]>([
  ['accepted', () => metrics.decided('accepted'), 'restart_decisions_total{decision="accepted",reason=""} 1'],
  [
    'deferred',
    () => metrics.decided('deferred', 'cannot_verify'),
    'restart_decisions_total{decision="deferred",reason="cannot_verify"} 1',
  ],
  [
    'refused',
    () => metrics.decided('refused', 'budget_exhausted'),
    'restart_decisions_total{decision="refused",reason="budget_exhausted"} 1',
  ],
  ['received', () => metrics.received('resolved'), 'alerts_received_total{status="resolved"} 1'],
  ['truncated', () => metrics.truncated(7), 'alerts_truncated_total 7'],
  ['ignored', () => metrics.ignored('unknown_job'), 'alerts_ignored_total{reason="unknown_job"} 1'],
  ['rejected', () => metrics.rejected('too_large'), 'webhook_rejected_total{reason="too_large"} 1'],
  ['notified', () => metrics.notified(), 'last_notification_timestamp_seconds 1700000000.5'],
  ['sent', () => metrics.notifications('sent'), 'notifications_total{result="sent"} 1'],
  ['dropped', () => metrics.notifications('dropped', 12), 'notifications_total{result="dropped"} 12'],
])('%s is one line', async (_event, happen, line) => {
  const before = (await page()).split('\n');
  happen();
  const changed = (await page()).split('\n').filter((each) => !each.startsWith('#') && !before.includes(each));
  expect(changed).toEqual([`flink_medic_${line}`]);
});

const counts = async () =>
  (await page()).match(/^flink_medic_restart_duration_seconds_(?:count|sum).*$/gm)?.map((line) => line.slice(37));

describe('the time that a recovery took', () => {
  test('is in the bucket that holds it, in seconds', async () => {
    metrics.recovered('prod', 20_000);
    metrics.recovered('prod', 7_200_000);
    const text = await page();
    expect(text).toContain('flink_medic_restart_duration_seconds_bucket{le="10.0",flink_cluster="prod"} 0\n');
    expect(text).toContain('flink_medic_restart_duration_seconds_bucket{le="20.0",flink_cluster="prod"} 1\n');
    expect(text).toContain('flink_medic_restart_duration_seconds_bucket{le="3600.0",flink_cluster="prod"} 1\n');
    expect(text).toContain('flink_medic_restart_duration_seconds_bucket{le="+Inf",flink_cluster="prod"} 2\n');
    expect(await counts()).toEqual(['sum{flink_cluster="prod"} 7220', 'count{flink_cluster="prod"} 2']);
  });

  test('never makes the sum fall, whatever a clock does', async () => {
    metrics.recovered('prod', -5_000);
    expect(await counts()).toEqual(['sum{flink_cluster="prod"} 0', 'count{flink_cluster="prod"} 1']);
  });

  test('of a new cluster is 0, of a cluster that left the configuration it goes', async () => {
    metrics.recovered('prod', 1_000);
    breakers = [
      { cluster: 'prod', open: false },
      { cluster: 'test', open: false },
    ];
    expect(await counts()).toEqual([
      'sum{flink_cluster="prod"} 1',
      'count{flink_cluster="prod"} 1',
      'sum{flink_cluster="test"} 0',
      'count{flink_cluster="test"} 0',
    ]);
    breakers = [{ cluster: 'test', open: false }];
    metrics.recovered('prod', 1_000);
    expect(await counts()).toEqual(['sum{flink_cluster="test"} 0', 'count{flink_cluster="test"} 0']);
  });
});

const promtool = realProgram('promtool', 'apt-get install prometheus');

describe.skipIf(promtool.skip !== undefined)('promtool', () => {
  test('finds nothing to say about a full page', async () => {
    paused = [{ cluster: '', since: NOW }];
    metrics.notified();
    metrics.recovered('prod', 9_000);
    const repairs = new RepairExporter(() => [
      {
        cluster: 'prod',
        name: 'orders',
        managed: true,
        budgetRemaining: 3,
        results: { succeeded: 0, failed: 0, unconfirmed: 0, withdrawn: 0 },
        incident: { state: 'refused', reason: 'no_restore_point', openedAt: NOW },
      },
    ]);
    const input = await pageText(new Exposition([repairs], metrics), { format: 'text' });
    const { status, stdout, stderr } = spawnSync(promtool.get(), ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
