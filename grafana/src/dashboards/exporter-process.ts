/** The last row of the dashboard Exporter: what the process of flink-medic costs, and what it runs short of. */

import { BAD, GOOD, ODD } from '../looks.ts';
import { bars, graph } from '../panels.ts';
import { grown, ofMedic } from '../promql.ts';

/** The name of a series of one process. */
export const INSTANCE = '{{instance}}';

export const PROCESS = {
  title: 'Process',
  panels: [
    graph({
      title: 'Errors of the ledger',
      description: 'Operations of the ledger that failed.',
      width: 8,
      unit: 'none',
      bars: true,
      queries: [{ expr: grown('operation', 'flink_medic_ledger_errors_total'), legend: '{{operation}}' }],
    }),
    bars({
      title: 'Bounds',
      description: 'Used share of everything that is bounded. At 1 something waits or is left out.',
      width: 8,
      unit: 'percentunit',
      steps: [[GOOD], [ODD, 0.7], [BAD, 0.9]],
      queries: [{ expr: 'max by (bound) (flink_medic_bound_usage_ratio)', legend: '{{bound}}' }],
    }),
    graph({
      title: 'CPU',
      description: 'Share of one core.',
      width: 8,
      unit: 'percentunit',
      queries: [{ expr: ofMedic('rate(process_cpu_seconds_total[$__rate_interval])'), legend: INSTANCE }],
    }),
    graph({
      title: 'Memory',
      description: 'Resident memory of the process, and the part of its heap that is in use.',
      width: 8,
      unit: 'bytes',
      queries: [
        { expr: ofMedic('process_resident_memory_bytes'), legend: `${INSTANCE} resident` },
        { expr: ofMedic('nodejs_heap_size_used_bytes'), legend: `${INSTANCE} heap` },
      ],
    }),
    graph({
      title: 'Delay of the event loop',
      description:
        'How long work waited for its turn since the scrape before: the slowest of a hundred, and the slowest.',
      width: 8,
      unit: 's',
      queries: [
        { expr: ofMedic('nodejs_eventloop_lag_p99_seconds'), legend: `${INSTANCE} p99` },
        { expr: ofMedic('nodejs_eventloop_lag_max_seconds'), legend: `${INSTANCE} max` },
      ],
    }),
    graph({
      title: 'Garbage collection',
      description: 'Share of time that was spent on it, by kind.',
      width: 8,
      unit: 'percentunit',
      queries: [
        {
          expr: ofMedic('rate(nodejs_gc_duration_seconds_sum[$__rate_interval])'),
          legend: `${INSTANCE} {{kind}}`,
        },
      ],
    }),
    graph({
      title: 'Open files',
      description: 'File descriptors that are open.',
      width: 8,
      unit: 'none',
      queries: [{ expr: ofMedic('process_open_fds'), legend: INSTANCE }],
    }),
    graph({
      title: 'Duration of scrapes',
      description: 'How long Prometheus took to scrape flink-medic.',
      width: 8,
      unit: 's',
      queries: [{ expr: ofMedic('scrape_duration_seconds'), legend: INSTANCE }],
    }),
    graph({
      title: 'Size of scrapes',
      description: 'Samples of one scrape: so many series a flink-medic costs.',
      width: 8,
      unit: 'none',
      queries: [{ expr: ofMedic('scrape_samples_scraped'), legend: INSTANCE }],
    }),
  ],
};
