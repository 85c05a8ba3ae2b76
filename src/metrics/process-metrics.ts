/**
 * Registers prom-client's default metrics: `process_*` and `nodejs_*`, under its names so that common dashboards fit.
 * Called once by the own metrics.
 *
 * Its collectors are taken one by one: `collectDefaultMetrics` cannot be stopped, and includes three gauges that end in
 * `_total`, which promtool refuses. Those of the event loop and of garbage collection have files of their own here.
 */

import type { Registry } from 'prom-client';
import registerHeap from 'prom-client/lib/metrics/heapSizeAndUsed.js';
import registerHeapSpaces from 'prom-client/lib/metrics/heapSpacesSizeAndUsed.js';
import registerMemory from 'prom-client/lib/metrics/osMemoryHeap.js';
import registerCpu from 'prom-client/lib/metrics/processCpuTotal.js';
import registerHandles from 'prom-client/lib/metrics/processHandles.js';
import registerMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors.js';
import registerOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors.js';
import registerRequests from 'prom-client/lib/metrics/processRequests.js';
import registerResources from 'prom-client/lib/metrics/processResources.js';
import registerStartTime from 'prom-client/lib/metrics/processStartTime.js';
import registerVersion from 'prom-client/lib/metrics/version.js';

const COLLECTORS = [
  registerCpu,
  registerStartTime,
  registerMemory,
  registerOpenFileDescriptors,
  registerMaxFileDescriptors,
  registerHeap,
  registerHeapSpaces,
  registerResources,
  registerHandles,
  registerRequests,
  registerVersion,
];

const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

export function registerProcessMetrics(registry: Registry): void {
  for (const register of COLLECTORS) register(registry);
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
