/**
 * Every metric that flink-medic exports and those that Prometheus adds, under the names of their samples. What names
 * metrics outside of the program (rules, dashboards, runbooks) is held against it.
 */

import { Registry } from 'prom-client';
import { EVENT_LOOP_FAMILIES } from '../../../src/metrics/event-loop-delay.ts';
import { ARCHIVE_FAMILIES } from '../../../src/metrics/families/archive-families.ts';
import { CLUSTER_FAMILIES } from '../../../src/metrics/families/cluster-families.ts';
import { NAME_FAMILIES } from '../../../src/metrics/families/name-families.ts';
import { REPAIR_FAMILIES } from '../../../src/metrics/families/repair-families.ts';
import { RUN_FAMILIES } from '../../../src/metrics/families/run-families.ts';
import type { FamilyDescription } from '../../../src/metrics/family.ts';
import { observeGarbageCollection } from '../../../src/metrics/gc-duration.ts';
import { OWN_FAMILIES } from '../../../src/metrics/own-families.ts';
import { LEDGER_ERRORS } from '../../../src/metrics/own-metrics.ts';
import { registerProcessMetrics } from '../../../src/metrics/process-metrics.ts';
import { COUNTED_FAMILIES, RESTART_FAMILIES } from '../../../src/metrics/restart-families.ts';

/** What can be asked of a metric. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  /** Those of the exporter: `job` and `instance` come with the scrape. */
  readonly labels: readonly string[];
}

/** All records, without those of `/probe`. */
const FAMILIES: readonly FamilyDescription[] = [
  ...CLUSTER_FAMILIES,
  ...RUN_FAMILIES,
  ...NAME_FAMILIES,
  ...ARCHIVE_FAMILIES,
  ...REPAIR_FAMILIES,
  ...RESTART_FAMILIES,
  ...COUNTED_FAMILIES,
  ...OWN_FAMILIES,
  ...EVENT_LOOP_FAMILIES,
  LEDGER_ERRORS,
];

/** From every scrape, and from every alert that is active. */
const OF_PROMETHEUS: readonly Metric[] = [
  ...['up', 'scrape_duration_seconds', 'scrape_samples_scraped'].map((name) => gauge(name, [])),
  ...['ALERTS', 'ALERTS_FOR_STATE'].map((name) =>
    gauge(name, ['alertname', 'alertstate', 'severity', 'flink_cluster', 'job_id', 'job_name']),
  ),
];

/** By name. */
export function exportedMetrics(): ReadonlyMap<string, Metric> {
  const metrics = [...[...FAMILIES, ...processFamilies()].flatMap(samplesOf), ...OF_PROMETHEUS];
  return new Map(metrics.map((metric) => [metric.name, metric]));
}

function gauge(name: string, labels: readonly string[]): Metric {
  return { name, type: 'gauge', labels };
}

type Family = Pick<FamilyDescription, 'name' | 'type' | 'labels'>;

function samplesOf({ name, type, labels }: Family): Metric[] {
  if (type !== 'histogram') return [{ name, type, labels }];
  return [
    { name: `${name}_bucket`, type: 'counter', labels: [...labels, 'le'] },
    { name: `${name}_sum`, type: 'counter', labels },
    { name: `${name}_count`, type: 'counter', labels },
  ];
}

/** prom-client tells neither labels nor, in its types, what a type can be. */
function processFamilies(): Family[] {
  const registry = new Registry();
  registerProcessMetrics(registry);
  observeGarbageCollection(registry)();
  return registry.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    type: String(metric.type) as Family['type'],
    labels: (metric as { labelNames?: string[] }).labelNames ?? [],
  }));
}
