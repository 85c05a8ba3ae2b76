/** Every query of every dashboard is PromQL, over metrics that flink-medic has, with labels that they have. */

import { describe, expect, it } from 'vitest';
import { exportedMetrics } from '../../test/alerts/support/exported-metrics.ts';
import { metricsOf } from '../../test/alerts/support/promql.ts';
import { nodesOf, parsePromql, selectorOf } from '../../test/alerts/support/promql-syntax.ts';
import { dashboards, interpolated, labelQueriesOf, questionsOf } from './support/dashboards.ts';

const known = exportedMetrics();
/** Of the target. */
const SCRAPE_LABELS = ['instance', 'job'];
const questions = dashboards.flatMap((one) => [...questionsOf(one), ...labelQueriesOf(one)]);

/** Of all clusters or jobs at once; each has its reason. */
const WITHOUT_MATCHER: ReadonlyMap<string, string> = new Map([
  ['flink_medic_breaker_open flink_cluster', 'the variable flink_cluster lists its values'],
]);

function selectorsOf(expr: string) {
  return nodesOf(parsePromql(interpolated(expr)))
    .filter(({ kind }) => kind === 'VectorSelector')
    .map(selectorOf);
}

describe.each(questions)('$where', ({ where, expr }) => {
  it('names metrics and labels that there are', () => {
    const named = metricsOf(interpolated(expr));
    expect(named.length).toBeGreaterThan(0);
    const wrong = named.flatMap(({ name, labels }) => {
      const metric = known.get(name);
      if (metric === undefined) return [name];
      return labels
        .filter((label) => !metric.labels.includes(label) && !SCRAPE_LABELS.includes(label))
        .map((label) => `${name} ${label}`);
    });
    expect(wrong).toEqual([]);
  });

  it('asks for the clusters and jobs that are selected', () => {
    const missing = selectorsOf(expr).flatMap(({ name, matchers }) =>
      ['flink_cluster', 'job_name']
        .filter((label) => known.get(name)?.labels.includes(label) && !matchers.some((one) => one.label === label))
        .filter((label) => !where.includes('variable') || label === 'flink_cluster')
        .map((label) => `${name} ${label}`),
    );
    expect(missing.filter((one) => !WITHOUT_MATCHER.has(one))).toEqual([]);
  });
});

it.each(dashboards.flatMap(labelQueriesOf))('$where lists a label that there is', ({ expr, label }) => {
  expect(metricsOf(expr).map(({ name }) => known.get(name)?.labels.includes(label))).toEqual([true]);
});

it('every dashboard asks something', () => {
  expect(dashboards.map((one) => questionsOf(one).length > 20)).toEqual([true, true, true, true]);
});
