/** Every metric that a dashboard may name: the records of flink-medic, the process, and what Prometheus itself adds. */

import { Registry } from 'prom-client';
import { EVENT_LOOP_FAMILIES } from '../../../src/metrics/event-loop-delay.ts';
import { ARCHIVE_FAMILIES } from '../../../src/metrics/families/archive-families.ts';
import { CLUSTER_FAMILIES } from '../../../src/metrics/families/cluster-families.ts';
import { NAME_FAMILIES } from '../../../src/metrics/families/name-families.ts';
import { REPAIR_FAMILIES } from '../../../src/metrics/families/repair-families.ts';
import { RUN_FAMILIES } from '../../../src/metrics/families/run-families.ts';
import { observeGarbageCollection } from '../../../src/metrics/gc-duration.ts';
import { OWN_FAMILIES } from '../../../src/metrics/own-families.ts';
import { LEDGER_ERRORS } from '../../../src/metrics/own-metrics.ts';
import { registerProcessMetrics } from '../../../src/metrics/process-metrics.ts';
import { COUNTED_FAMILIES, RESTART_FAMILIES } from '../../../src/metrics/restart-families.ts';

export interface KnownMetric {
  readonly type: 'gauge' | 'counter' | 'histogram';
  /** Beside those of the scrape. */
  readonly labels: readonly string[];
}

/** Of the target. */
export const SCRAPE_LABELS: readonly string[] = ['instance', 'job'];

const ALERT_LABELS = ['alertname', 'alertstate', 'severity', 'flink_cluster', 'job_name'];

/** By the names of their samples. */
export function knownMetrics(): ReadonlyMap<string, KnownMetric> {
  const records = [
    ...RUN_FAMILIES,
    ...NAME_FAMILIES,
    ...CLUSTER_FAMILIES,
    ...ARCHIVE_FAMILIES,
    ...REPAIR_FAMILIES,
    ...RESTART_FAMILIES,
    ...COUNTED_FAMILIES,
    ...OWN_FAMILIES,
    ...EVENT_LOOP_FAMILIES,
    LEDGER_ERRORS,
  ];
  const own = records.map(({ name, type, labels }) => ({ name, type, labels }));
  return new Map([...own, ...ofProcess(), ...ofPrometheus()].flatMap(samplesOf));
}

interface NamedMetric extends KnownMetric {
  readonly name: string;
}

function ofProcess(): NamedMetric[] {
  const registry = new Registry();
  registerProcessMetrics(registry);
  observeGarbageCollection(registry)();
  return registry.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    type: String(metric.type) as KnownMetric['type'],
    labels: 'labelNames' in metric ? (metric.labelNames as string[]) : [],
  }));
}

function ofPrometheus(): NamedMetric[] {
  const ofScrape = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];
  return [
    ...ofScrape.map((name) => ({ name, type: 'gauge' as const, labels: [] })),
    ...['ALERTS', 'ALERTS_FOR_STATE'].map((name) => ({ name, type: 'gauge' as const, labels: ALERT_LABELS })),
  ];
}

function samplesOf({ name, type, labels }: NamedMetric): [string, KnownMetric][] {
  if (type !== 'histogram') return [[name, { type, labels }]];
  return [
    [`${name}_bucket`, { type, labels: [...labels, 'le'] }],
    [`${name}_sum`, { type, labels }],
    [`${name}_count`, { type, labels }],
  ];
}
