/**
 * Observes the duration of garbage collections as `nodejs_gc_duration_seconds`, prom-client's name. prom-client's own
 * collector cannot be stopped, and counts only the first of several collections that Node reports together. The own
 * metrics start it; it keeps one observer until `stop`.
 */

import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Histogram, type Registry } from 'prom-client';

const MILLISECONDS = 1e3;
const BUCKETS_SECONDS = [0.001, 0.01, 0.1, 1, 2, 5];

const KINDS: ReadonlyMap<number | undefined, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** Node's types leave out what entries of this type have. */
type GcEntry = PerformanceEntry & { readonly detail?: NodeGCPerformanceDetail };

/** Returns what ends the observation. */
export function observeGarbageCollection(registry: Registry): () => void {
  const histogram = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  for (const kind of KINDS.values()) histogram.zero({ kind });
  const observer = new PerformanceObserver((list) => {
    const entries: readonly GcEntry[] = list.getEntries();
    for (const { detail, duration } of entries) {
      const kind = KINDS.get(detail?.kind);
      if (kind !== undefined) histogram.observe({ kind }, duration / MILLISECONDS);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
