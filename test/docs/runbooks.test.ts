/**
 * Keeps the runbooks in step with the alerts and with the metrics. That their commands and links exist is judged with
 * those of all pages, in guides.test.ts.
 */

import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROMISED_ALERTS } from '../alerts/support/contract.ts';
import { exportedMetrics, type Metric } from '../alerts/support/exported-metrics.ts';
import { type Metrics, problemsOfExpression } from '../alerts/support/lint-expression.ts';
import { resultLabels } from '../alerts/support/result-labels.ts';
import { type AlertingRule, isAlert, type RecordingRule, ruleFiles } from '../alerts/support/rule-files.ts';
import { document, ROOT } from './documents.ts';

const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'How it clears'];

const FILES = ruleFiles().map(({ name, groups }) => {
  const rules = groups.flatMap((group) => group.rules);
  return {
    name,
    alerts: rules.filter(isAlert),
    recordings: rules.filter((rule): rule is RecordingRule => !isAlert(rule)),
  };
});
const ALERTS = FILES.flatMap(({ name: file, alerts }) => alerts.map((rule) => ({ name: rule.alert, file, rule })));

function pageOf(alert: string): string {
  return `docs/runbooks/${alert.toLowerCase()}.md`;
}

/** The second paragraph of a page. */
function factsOf(file: string, rule: AlertingRule): string {
  const { severity, labels = [] } = PROMISED_ALERTS[file]?.[rule.alert] ?? {};
  const stay = rule.keep_firing_for;
  return [
    `Severity: ${severity}.`,
    `Fires: ${rule.for === undefined ? 'at once' : `after ${rule.for}`}.`,
    ...(stay === undefined ? [] : [`Stays: ${stay} longer than its cause.`]),
    `Labels: ${labels.map((label) => `\`${label}\``).join(', ') || 'none'}.`,
    'How to use: [README.md](README.md).',
  ].join(' ');
}

it('every alert has a page, and every page an alert', () => {
  const pages = [...ALERTS.map(({ name }) => pageOf(name)), 'docs/runbooks/README.md'];
  expect(globSync('docs/runbooks/*', { cwd: ROOT }).toSorted()).toEqual(pages.toSorted());
});

describe.each(ALERTS)('the page of $name', ({ name, file, rule }) => {
  it('begins with its name and what its rule says', () => {
    expect(document(pageOf(name)).split('\n\n', 2)).toEqual([`# ${name}`, factsOf(file, rule)]);
  });

  it('has the sections in their order, none empty', () => {
    const [, ...sections] = document(pageOf(name)).split(/^(?=## )/m);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(SECTIONS.map((section) => `## ${section}`));
    for (const section of sections) expect(section).toMatch(/^## .+\n\n\S/);
  });
});

it.each(FILES)('the index lists the alerts of $name', ({ name, alerts }) => {
  const [, section = ''] = document('docs/runbooks/README.md').split(`\n## alerts/${name}.rules.yml\n\n`);
  const lines = alerts.map(
    ({ alert, labels, annotations }) =>
      `- [${alert}](${alert.toLowerCase()}.md), ${labels?.severity}: ${annotations?.summary}`,
  );
  expect(section.split('\n\n')[0]?.trimEnd().split('\n')).toEqual(lines);
});

describe('expressions', () => {
  const metrics = nameable(FILES.flatMap(({ recordings }) => recordings));

  it.each(ALERTS)('of the page of $name ask for what there is', ({ name }) => {
    const expressions = document(pageOf(name))
      .matchAll(/^ *```promql\n(.*?)^ *```$/gms)
      .flatMap(([, text = '']) => text.trimEnd().split('\n'))
      .toArray();
    expect(expressions).not.toEqual([]);
    expect(expressions.flatMap((expression) => problemsOfExpression(expression, metrics))).toEqual([]);
  });
});

function nameable(recordings: readonly RecordingRule[]): Metrics {
  const exported = exportedMetrics();
  const recorded = new Map(recordings.map((rule) => [rule.record, rule.expr]));
  const labelsOf = (name: string): readonly string[] => {
    const expr = recorded.get(name);
    return expr === undefined ? (exported.get(name)?.labels ?? []) : resultLabels(expr, labelsOf);
  };
  return new Map<string, Pick<Metric, 'type' | 'labels'>>([
    ...exported,
    ...recordings.map(({ record }) => [record, { type: 'gauge', labels: labelsOf(record) }] as const),
    ['alertmanager_notifications_failed_total', { type: 'counter', labels: ['integration'] }],
  ]);
}
