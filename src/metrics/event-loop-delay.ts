/**
 * How long the event loop was held up, under prom-client's names. prom-client's own collector cannot be stopped and says
 * 9.2e9 s when nothing was measured yet. Keeps one native histogram until `stop`; the own metrics read it at a scrape.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { FamilyDescription, FamilyRecord } from './family.ts';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const MILLISECONDS = 1e3;

/** All in seconds; what was not measured since the reading before is absent. */
export interface EventLoopReading {
  /** Of one turn, measured by this reading. */
  readonly lag: number;
  readonly sampled?: Readonly<Record<'min' | 'max' | 'mean' | 'stddev' | 'p50' | 'p90' | 'p99', number>>;
}

export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** Lets the event loop make one turn, and begins the next sampling period. */
  async read(): Promise<EventLoopReading> {
    const start = performance.now();
    await setImmediate();
    const lag = (performance.now() - start) / MILLISECONDS;
    const histogram = this.#histogram;
    if (histogram.count === 0) return { lag };
    const sampled = {
      min: histogram.min / NANOSECONDS,
      max: histogram.max / NANOSECONDS,
      mean: histogram.mean / NANOSECONDS,
      stddev: histogram.stddev / NANOSECONDS,
      p50: histogram.percentile(50) / NANOSECONDS,
      p90: histogram.percentile(90) / NANOSECONDS,
      p99: histogram.percentile(99) / NANOSECONDS,
    };
    histogram.reset();
    return { lag, sampled };
  }

  stop(): void {
    this.#histogram.disable();
  }
}

const gauge = {
  type: 'gauge',
  labels: [],
  stability: 'stable',
  exportedFor: 'the process',
} as const satisfies Partial<FamilyDescription>;

export const EVENT_LOOP_FAMILIES: readonly FamilyRecord<EventLoopReading>[] = [
  {
    ...gauge,
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Duration of one turn of the event loop during this scrape.',
    write: (emit, { lag }) => emit(lag),
  },
  {
    ...gauge,
    name: 'nodejs_eventloop_lag_min_seconds',
    help: 'Shortest event loop delay since the last scrape.',
    write: (emit, { sampled }) => emit(sampled?.min),
  },
  {
    ...gauge,
    name: 'nodejs_eventloop_lag_max_seconds',
    help: 'Longest event loop delay since the last scrape.',
    write: (emit, { sampled }) => emit(sampled?.max),
  },
  {
    ...gauge,
    name: 'nodejs_eventloop_lag_mean_seconds',
    help: 'Mean event loop delay since the last scrape.',
    write: (emit, { sampled }) => emit(sampled?.mean),
  },
  {
    ...gauge,
    name: 'nodejs_eventloop_lag_stddev_seconds',
    help: 'Standard deviation of the event loop delay since the last scrape.',
    write: (emit, { sampled }) => emit(sampled?.stddev),
  },
  ...([50, 90, 99] as const).map(
    (percentile): FamilyRecord<EventLoopReading> => ({
      ...gauge,
      name: `nodejs_eventloop_lag_p${percentile}_seconds`,
      help: `${percentile}th percentile of the event loop delay since the last scrape.`,
      write: (emit, { sampled }) => emit(sampled?.[`p${percentile}`]),
    }),
  ),
];
