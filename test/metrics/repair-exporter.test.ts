/** What a scrape takes from the view of repairs, as whole text, and what it renders again. */

import { expect, test, vi } from 'vitest';
import { Exposition } from '../../src/metrics/exposition.ts';
import type { ExportedRepair } from '../../src/metrics/families/repair-families.ts';
import { RepairExporter, type RepairView } from '../../src/metrics/repair-exporter.ts';
import { pageText } from './fixture.ts';
import { parseExposition } from './parse-exposition.ts';

const results = { succeeded: 2, failed: 1, unconfirmed: 0, withdrawn: 0 };

const managed: ExportedRepair = {
  cluster: 'prod',
  name: 'orders',
  managed: true,
  budgetRemaining: 2,
  results,
  incident: { state: 'deferred', reason: 'breaker_open', openedAt: 1_700_000_000_500 },
};
const idle: ExportedRepair = { cluster: 'prod', name: 'a "quoted"\nname', managed: false, budgetRemaining: 0, results };
/** Its policy was removed while an incident was under way. */
const orphan: ExportedRepair = {
  cluster: 'test',
  name: 'payments',
  incident: { state: 'confirming', openedAt: 1_700_000_000_000 },
};

const page = (exporter: RepairExporter, request = {}) =>
  pageText(new Exposition([exporter]), { format: 'text', ...request });

test('the families of a job', async () => {
  const repairs = [managed, idle, orphan];
  expect(await page(new RepairExporter(() => repairs))).toBe(
    `# HELP flink_medic_job_managed Whether the policy that matches the job would act now: 0 in dry run, when off or paused, and in a maintenance window.
# TYPE flink_medic_job_managed gauge
flink_medic_job_managed{flink_cluster="prod",job_name="orders"} 1
flink_medic_job_managed{flink_cluster="prod",job_name="a \\"quoted\\"\\nname"} 0
# HELP flink_medic_incident State of the newest incident of the job, and why it is deferred, refused or exhausted; always 1.
# TYPE flink_medic_incident gauge
flink_medic_incident{flink_cluster="prod",job_name="orders",state="deferred",reason="breaker_open"} 1
flink_medic_incident{flink_cluster="test",job_name="payments",state="confirming",reason=""} 1
# HELP flink_medic_incident_opened_timestamp_seconds When the newest incident of the job was opened.
# TYPE flink_medic_incident_opened_timestamp_seconds gauge
flink_medic_incident_opened_timestamp_seconds{flink_cluster="prod",job_name="orders"} 1700000000.5
flink_medic_incident_opened_timestamp_seconds{flink_cluster="test",job_name="payments"} 1700000000
# HELP flink_medic_restart_attempts_total Attempts to restart the job that got this result; kept in the ledger. An unconfirmed one that succeeds or fails late is in both.
# TYPE flink_medic_restart_attempts_total counter
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="orders",result="succeeded"} 2
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="orders",result="failed"} 1
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="orders",result="unconfirmed"} 0
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="orders",result="withdrawn"} 0
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="a \\"quoted\\"\\nname",result="succeeded"} 2
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="a \\"quoted\\"\\nname",result="failed"} 1
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="a \\"quoted\\"\\nname",result="unconfirmed"} 0
flink_medic_restart_attempts_total{flink_cluster="prod",job_name="a \\"quoted\\"\\nname",result="withdrawn"} 0
# HELP flink_medic_restart_budget_remaining Attempts that the budget of the policy still allows for the job.
# TYPE flink_medic_restart_budget_remaining gauge
flink_medic_restart_budget_remaining{flink_cluster="prod",job_name="orders"} 2
flink_medic_restart_budget_remaining{flink_cluster="prod",job_name="a \\"quoted\\"\\nname"} 0
`,
  );
});

test('nothing to repair, no families', async () => {
  expect(await page(new RepairExporter(() => []))).toBe('');
});

test('a scrape of one cluster shows its jobs only', async () => {
  const repairs = [managed, orphan];
  const text = await page(new RepairExporter(() => repairs), { clusters: new Set(['test']) });
  const jobs = parseExposition(text, 'text')
    .get('flink_medic_incident')
    ?.samples.map(({ labels }) => labels['job_name']);
  expect(jobs).toEqual(['payments']);
});

test.each<[changed: string, change: Partial<ExportedRepair>, line: string]>([
  ['managed', { managed: false }, 'flink_medic_job_managed{flink_cluster="prod",job_name="orders"} 0\n'],
  [
    'the budget',
    { budgetRemaining: 1 },
    'flink_medic_restart_budget_remaining{flink_cluster="prod",job_name="orders"} 1\n',
  ],
  ['a result', { results: { ...results, failed: 7 } }, 'job_name="orders",result="failed"} 7\n'],
  ['the incident', { incident: { state: 'backing_off', openedAt: 0 } }, 'state="backing_off",reason=""} 1\n'],
])('%s is another at the next scrape', async (_changed, change, line) => {
  let repairs = [managed];
  const exporter = new RepairExporter(() => repairs);
  expect(await page(exporter)).not.toContain(line);
  repairs = [{ ...managed, ...change }];
  expect(await page(exporter)).toContain(line);
});

test('a job that the view no longer gives is gone, and comes back', async () => {
  let repairs = [managed, idle];
  const exporter = new RepairExporter(() => repairs);
  await page(exporter);
  repairs = [idle];
  expect(await page(exporter)).not.toContain('orders');
  repairs = [managed];
  expect(await page(exporter)).toContain('flink_medic_job_managed{flink_cluster="prod",job_name="orders"} 1\n');
});

test('what the view says again in new objects is not rendered again', async () => {
  const exporter = new RepairExporter(() => [{ ...managed }, { ...orphan }]);
  await exporter.refresh();
  const [before] = exporter.snapshot();
  await exporter.refresh();
  expect(exporter.snapshot()[0]?.pieces[0]).toBe(before?.pieces[0]);
});

test('scrapes at the same time ask the view once, and 10,000 jobs leave the event loop its turns', async () => {
  const repairs = Array.from({ length: 10_000 }, (_value, index) => ({ ...managed, name: `job ${index}` }));
  const view = vi.fn<RepairView>(() => repairs);
  const exporter = new RepairExporter(view);
  let turns = 0;
  const count = (): void => {
    turns++;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  await Promise.all([exporter.refresh(), exporter.refresh()]);
  clearImmediate(immediate);
  expect(view).toHaveBeenCalledOnce();
  // One after each thousand names, one after each two megabytes of lines.
  expect(turns).toBeGreaterThanOrEqual(12);
  const families = parseExposition(await page(exporter, { format: 'openmetrics' }), 'openmetrics');
  expect(families.get('flink_medic_incident')?.samples).toHaveLength(10_000);
});
