/**
 * Renders what is in a prom-client registry as sample lines of ours, because prom-client's own text is of one format
 * chosen at construction. Called by the own metrics at each scrape.
 */

import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import type { FamilyHeader, FamilyText } from './family.ts';
import { formatBucketBound, formatValue } from './format-value.ts';
import { renderLabels } from './render-family.ts';

/** prom-client's types call this a numeric enumeration; it is the name of one. */
type Metric = Omit<MetricObjectWithValues<MetricValue<string>>, 'type'> & { readonly type: unknown };

/** The lines of a histogram's buckets, sum and count have names of their own, which prom-client's types leave out. */
type NamedValue = MetricValue<string> & { readonly metricName?: string };

const TYPES: ReadonlyMap<unknown, FamilyHeader['type']> = new Map([
  ['gauge', 'gauge'],
  ['counter', 'counter'],
  ['histogram', 'histogram'],
]);

/** The families that have samples now, in the order in which they were registered. */
export async function renderRegistry(registry: Registry): Promise<FamilyText[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.filter(({ values }) => values.length > 0).map(renderMetric);
}

function renderMetric({ name, help, type, values }: Metric): FamilyText {
  const known = TYPES.get(type);
  if (known === undefined) throw new TypeError(`${name} is of a type that is not written: ${String(type)}`);
  const lines = values.map((value) => renderValue(name, value)).join('');
  return { family: { name, help, type: known }, pieces: [Buffer.from(lines)] };
}

function renderValue(family: string, { value, labels, metricName = family }: NamedValue): string {
  const entries = Object.entries(labels).map(([name, label]) => [name, labelText(name, label)] as const);
  const text = renderLabels(
    entries.map(([name]) => name),
    entries.map(([, label]) => label),
  );
  return `${metricName}${text === '' ? '' : `{${text}}`} ${formatValue(value)}\n`;
}

function labelText(name: string, value: string | number | undefined): string {
  return name === 'le' && typeof value === 'number' ? formatBucketBound(value) : String(value ?? '');
}
