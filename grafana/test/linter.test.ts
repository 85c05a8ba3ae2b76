/**
 * The rules of grafana/dashboard-linter (v0.2), which is a Go program, and a few of our own. Not taken: variables and
 * matchers for `job` and `instance` (template-job-rule, template-instance-rule, target-job-rule, target-instance-rule),
 * because no label of the scrape enters a query: several flink-medics may watch one cluster. Instead every query has
 * matchers for cluster and job, which `queries.test.ts` holds it to.
 */

import { describe, expect, it } from 'vitest';
import { exportedMetrics } from '../../test/alerts/support/exported-metrics.ts';
import { nodesOf, parsePromql, type PromqlNode, selectorOf } from '../../test/alerts/support/promql-syntax.ts';
import { dashboards, interpolated, labelQueriesOf, type Panel, panelsOf, questionsOf } from './support/dashboards.ts';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const UIDS = ['flink-medic-exporter', 'flink-medic-fleet', 'flink-medic-job', 'flink-medic-restarts'];

const known = exportedMetrics();

/** Selectors of counters that are not the argument of a function that makes a rate of them. */
function bareCounters(node: PromqlNode, parent = ''): string[] {
  if (node.kind === 'VectorSelector') {
    const { name } = selectorOf(node);
    return known.get(name)?.type === 'gauge' || /^(rate|irate|increase)$/.test(parent) ? [] : [name];
  }
  const called = node.kind === 'FunctionCall' ? (node.children[0]?.text ?? '') : '';
  return node.children.flatMap((child) => bareCounters(child, called || (isTransparent(node) ? parent : '')));
}

function isTransparent({ kind }: PromqlNode): boolean {
  return kind === 'MatrixSelector' || kind === 'FunctionCallBody';
}

/** Columns of a table that hold values, or the values of any other panel. */
function valuesWithoutUnit({ type, transformations, fieldConfig: { defaults, overrides } }: Panel): string[] {
  if (type !== 'table') return defaults.unit === undefined && defaults.mappings === undefined ? ['its values'] : [];
  const dressed = overrides
    .filter(({ properties }) => properties.some(({ id }) => id === 'unit' || id === 'mappings'))
    .map(({ matcher }) => matcher.options);
  const organize = transformations?.find(({ id }) => id === 'organize');
  const titles = Object.entries(organize?.options['renameByName'] ?? {}) as [string, string][];
  return titles.flatMap(([from, title]) => (from.startsWith('Value') && !dressed.includes(title) ? [title] : []));
}

it('there are four, with the uids that alerts link to', () => {
  expect(dashboards.map(({ uid }) => uid).toSorted()).toEqual(UIDS);
});

describe.each(dashboards)('$title', (dashboard) => {
  const panels = panelsOf(dashboard);
  const variables = dashboard.templating.list;

  it('uneditable-dashboard: cannot be edited, and has no id of one Grafana', () => {
    expect(dashboard).toMatchObject({ editable: false });
    expect(dashboard.id).toBeUndefined();
  });

  it('template-datasource-rule: has one data source, which is a variable', () => {
    const sources = variables.filter(({ type }) => type === 'datasource');
    expect(sources).toMatchObject([{ name: 'datasource', label: 'Data source', query: 'prometheus' }]);
  });

  it('template-label-promql-rule, template-on-time-change-reload-rule: variables are of the data and follow the time', () => {
    const queries = variables.filter(({ type }) => type === 'query');
    expect(queries.map(({ name }) => name)).toEqual(['flink_cluster', 'job_name']);
    for (const variable of queries) {
      expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: '.+', refresh: 2 });
    }
    expect(labelQueriesOf(dashboard).map(({ label }) => label)).toEqual(['flink_cluster', 'job_name']);
  });

  it('variables are used', () => {
    const text = JSON.stringify([dashboard.panels, dashboard.annotations]);
    const unused = variables.filter(({ name }) => !text.includes(`$${name}`) && !text.includes(`\${${name}`));
    expect(unused.map(({ name }) => name)).toEqual([]);
  });

  it('has the tag, and leads to all that have it, with time and variables', () => {
    expect(dashboard.tags).toEqual(['flink-medic']);
    const [toAll, ...others] = dashboard.links;
    const kept = { asDropdown: true, includeVars: true, keepTime: true };
    expect(toAll).toMatchObject({ type: 'dashboards', tags: ['flink-medic'], ...kept });
    const addresses = variables.filter(({ type }) => type === 'textbox').map(({ name }) => `\${${name}:raw}`);
    expect(others.map(({ url }) => url)).toEqual(addresses);
    expect([...dashboard.links, ...dashboard.annotations.list].filter((one) => 'placement' in one)).toEqual([]);
  });

  it('has annotations for alerts, ends, restarts and repairs', () => {
    const { list } = dashboard.annotations;
    expect(list.map(({ name }) => name)).toEqual(['Firing alerts', 'Ends of runs', 'Restarts by Flink', 'Repairs']);
    for (const one of list) expect(one).toMatchObject({ datasource: DATASOURCE, hide: false });
  });

  it('gives each panel and row a number and a place of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.min(...ids)).toBe(1);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${String(x + (cell % w))},${String(y + Math.floor(cell / w))}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  describe.each(panels)('$title', (panel) => {
    const { targets = [], fieldConfig } = panel;

    it('panel-title-description-rule, panel-datasource-rule, panel-no-targets-rule', () => {
      expect(panel.title).toMatch(/\S/);
      expect(panel.description).toMatch(/^[A-Z].*\.$/);
      expect(panel.datasource).toEqual(DATASOURCE);
      expect(targets.length).toBeGreaterThan(0);
    });

    it('panel-units-rule: has a unit, or texts instead of values', () => {
      expect(valuesWithoutUnit(panel)).toEqual([]);
    });

    it('targets have their letters, their data source and one kind of answer', () => {
      expect(targets.map(({ refId }) => refId)).toEqual(targets.map((_, index) => 'ABCDEFGHIJ'[index]));
      const isRange = panel.type === 'timeseries' || panel.type === 'state-timeline';
      for (const target of targets) {
        expect(target).toMatchObject({ datasource: DATASOURCE, instant: !isRange, range: isRange });
        expect(target.format).toBe(panel.type === 'table' ? 'table' : undefined);
      }
    });

    it('dresses columns that there are, and links to them', () => {
      const titles = fieldConfig.overrides.map(({ matcher }) => matcher.options);
      const organize = panel.transformations?.find(({ id }) => id === 'organize');
      const columns = Object.values(organize?.options['renameByName'] ?? {});
      expect(titles.filter((title) => panel.type === 'table' && !columns.includes(title))).toEqual([]);
      const linked = [...JSON.stringify(fieldConfig).matchAll(/__data\.fields\.(\w+)/g)].map(([, field]) => field);
      expect(linked.filter((field) => !columns.includes(field))).toEqual([]);
    });
  });

  it.each(questionsOf(dashboard))('target-rate-interval-rule, target-counter-agg-rule: $where', ({ expr }) => {
    const rates = [...expr.matchAll(/\b(rate|irate|increase)\([^()]*\[([^\]]*)\]\)/g)];
    const wrong = rates.filter(
      // How much a counter grew in the time shown is no line of a graph: it has no interval.
      ([, name, range]) => range !== '$__rate_interval' && !(name === 'increase' && range === '$__range'),
    );
    expect(wrong).toEqual([]);
    expect(rates.length).toBe([...expr.matchAll(/\b(rate|irate|increase)\(/g)].length);
    expect(bareCounters(parsePromql(interpolated(expr)))).toEqual([]);
  });
});

it('finds counters that are not made a rate of', () => {
  const bad = 'sum(flink_job_restarts_total) + rate(flink_job_failovers_total[1m])';
  expect(bareCounters(parsePromql(bad))).toEqual(['flink_job_restarts_total']);
  expect(nodesOf(parsePromql(bad)).length).toBeGreaterThan(5);
});
