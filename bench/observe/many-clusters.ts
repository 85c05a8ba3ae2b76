/**
 * Whether many clusters are observed in time: `dist/main.js` in real time, its JobManagers in another process. Used by
 * `bench/observe.ts`.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Program } from '../support/program.ts';
import { Fakes } from './fakes.ts';

const INTERVAL_MS = 10_000;
const JOBS = 25;
/** The answers of a slow one come this much later. */
const SLOW_MS = 1_500;
/** Until everything was read that is read once. */
const WARM_UP_MS = 15_000;

interface Gaps {
  readonly polls: number;
  /** How much later than an interval after the one before a poll came; sorted, milliseconds. */
  readonly late: readonly number[];
}

/** @returns the figures of one run, as lines */
export async function observeMany(clusters: number, seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-bench-'));
  const slow = Math.ceil(clusters / 20);
  const hanging = Math.ceil(clusters / 50);
  const fakes = await Fakes.start({
    ...{ start: Date.now(), clusters, jobs: JOBS, kind: 'each minute' },
    ...{ slow: { clusters: slow, ms: SLOW_MS }, hanging },
  });
  const program = new Program(folder, configuration(fakes.addresses));
  try {
    await live(fakes, WARM_UP_MS);
    const begun = await program.scrape();
    const before = await fakes.live(Date.now());
    await live(fakes, 1000 * seconds);
    const { text } = await program.scrape();
    const { polls } = await fakes.live(Date.now());
    const measured = polls.map((times, index) => times.slice(before.polls[index]?.length));
    const quick = gapsOf(measured.slice(hanging + slow));
    const busy = sampleOf(text, 'process_cpu_seconds_total') - sampleOf(begun.text, 'process_cpu_seconds_total');
    const durations = samplesOf(text, 'flink_cluster_observation_duration_seconds');
    const lag = (name: string): string => (1000 * sampleOf(text, `nodejs_eventloop_lag_${name}_seconds`)).toFixed(0);
    return [
      `${clusters} clusters of ${JOBS} jobs, ${slow} that take ${SLOW_MS} ms, ${hanging} that hang: ${quick.polls} polls of the others`,
      `  later than the interval: ${spread(quick.late)} ms`,
      `  of the slow ones: ${spread(gapsOf(measured.slice(hanging, hanging + slow)).late)} ms`,
      `  of those that hang: ${spread(gapsOf(measured.slice(0, hanging)).late)} ms`,
      `  an observation: ${spread(durations.map((duration) => 1000 * duration))} ms`,
      `  event loop delay: p50 ${lag('p50')}, p99 ${lag('p99')}, longest ${lag('max')} ms; processor ${((100 * busy) / seconds).toFixed(1)} %`,
    ].join('\n');
  } finally {
    await program.stop();
    await fakes.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(addresses: readonly string[]): object {
  return {
    observe: { interval: `${INTERVAL_MS}ms` },
    clusters: addresses.map((address, index) => ({
      name: `production-${String(index)}`,
      jobmanagers: [address],
      archives: [],
    })),
  };
}

async function live(fakes: Fakes, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await setTimeout(1000);
    await fakes.live(Date.now());
  }
}

function gapsOf(polls: readonly (readonly number[])[]): Gaps {
  const gaps = polls.flatMap((times) => times.slice(1).map((at, index) => at - (times[index] ?? at)));
  return { polls: gaps.length, late: gaps.map((gap) => gap - INTERVAL_MS) };
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.ceil(share * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`;
}

function sampleOf(page: string, name: string): number {
  return samplesOf(page, name)[0] ?? Number.NaN;
}

function samplesOf(page: string, name: string): number[] {
  return Array.from(page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm')), ([, value]) => Number(value));
}
