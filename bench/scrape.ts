/**
 * What a scrape costs: our chunk store against prom-client (the base) with the same series, 60 for each subject.
 *
 *     npm run bench:scrape -- [subjects, 10000 when left out]
 *
 * Prints the median of a few rounds, the longest block of the event loop and the memory that each kind of page keeps.
 * Both write text 0.0.4 without compression, and every page is read to its end.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Gauge, Registry } from 'prom-client';
import { ChunkStore, type SubjectKind } from '../src/metrics/chunk-store.ts';
import { Exposition } from '../src/metrics/exposition.ts';
import { machine, median, ratio } from './support/report.ts';

const ROUNDS = 5;
const CHANGED_SHARE = 0.05;
const LABELS = ['flink_cluster', 'job_id', 'job_name'];
/** As for a live run: two state sets, and families with one series. */
const STATES = Array.from({ length: 13 }, (_, index) => `STATE_${index}`);
const TASK_STATES = STATES.slice(0, 10);
const SINGLE = Array.from({ length: 37 }, (_, index) => `bench_job_fact_${index}_timestamp_seconds`);

interface Subject {
  readonly labels: readonly [cluster: string, jobId: string, jobName: string];
  readonly value: number;
}

const subjectAt = (index: number, value: number): Subject => ({
  labels: [`cluster-${index % 10}`, index.toString(16).padStart(32, '0'), `some-streaming-job-${index}`],
  value,
});

const described = { type: 'gauge', help: 'Bench.', stability: 'stable', exportedFor: 'the bench' } as const;

const KIND: SubjectKind<Subject> = {
  labels: LABELS,
  labelValues: ({ labels }) => labels,
  families: [
    ...[
      { name: 'bench_job_status', states: STATES },
      { name: 'bench_job_tasks', states: TASK_STATES },
    ].map(({ name, states }) => ({
      ...described,
      name,
      labels: [...LABELS, 'state'],
      write: (emit: (value: number, state: string) => void, { value }: Subject) => {
        for (const state of states) emit(value, state);
      },
    })),
    ...SINGLE.map((name) => ({
      ...described,
      name,
      labels: LABELS,
      write: (emit: (value: number) => void, { value }: Subject) => emit(value),
    })),
  ],
};

interface Figures {
  readonly milliseconds: number;
  readonly longestBlock: number;
  readonly bytes: number;
}

/** Median of the rounds; the longest block is that of all rounds. */
async function measure(prepare: (round: number) => void, scrape: () => Promise<number>): Promise<Figures> {
  const times: number[] = [];
  let bytes = 0;
  let longestBlock = 0;
  for (let round = 0; round < ROUNDS; round++) {
    prepare(round);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await setImmediate();
    const start = performance.now();
    bytes = await scrape();
    times.push(performance.now() - start);
    await setImmediate();
    delay.disable();
    longestBlock = Math.max(longestBlock, delay.max / 1e6);
  }
  return { milliseconds: median(times), longestBlock, bytes };
}

function print(name: string, { milliseconds, longestBlock, bytes }: Figures, base?: Figures): void {
  const compared = base === undefined ? '' : `, base / this: ${ratio(base.milliseconds, milliseconds)}`;
  console.log(
    `${name.padEnd(34)} ${milliseconds.toFixed(0).padStart(6)} ms, longest block ${longestBlock.toFixed(0).padStart(5)} ms, ` +
      `${(bytes / 1e6).toFixed(1)} MB${compared}`,
  );
}

/** MiB in use, inside and outside the heap. */
function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

async function measurePromClient(count: number): Promise<Figures & { readonly kept: number }> {
  const empty = memory();
  const registry = new Registry();
  const gauges = KIND.families.map(({ name, help, labels, write }) => {
    const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
    return { gauge, labels, write };
  });
  for (let index = 0; index < count; index++) {
    const subject = subjectAt(index, 0);
    for (const { gauge, labels, write } of gauges) {
      write((value, ...own) => {
        const values = [...subject.labels, ...own];
        gauge.set(Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ''])), value ?? 0);
      }, subject);
    }
  }
  const figures = await measure(
    () => {},
    async () => Buffer.byteLength(await registry.metrics()),
  );
  const kept = memory() - empty;
  registry.clear();
  return { ...figures, kept };
}

async function main(count: number): Promise<void> {
  console.log(machine());
  console.log(`${count} subjects, ${count * 60} series, median of ${ROUNDS}`);

  const store = new ChunkStore(KIND);
  const exposition = new Exposition([store], { families: async () => [] });
  const put = (index: number, value: number) => {
    const subject = subjectAt(index, value);
    store.put(subject.labels[0], subject.labels[1], subject);
  };
  const scrape = async () => {
    let bytes = 0;
    for (const piece of await exposition.page({ format: 'text' })) {
      bytes += piece.length;
      await setImmediate();
    }
    return bytes;
  };

  const empty = memory();
  const all = await measure((round) => {
    for (let index = 0; index < count; index++) put(index, round);
  }, scrape);
  const some = await measure((round) => {
    for (let index = 0; index < count * CHANGED_SHARE; index++) put(index, ROUNDS + round);
  }, scrape);
  const unchanged = await measure(() => {}, scrape);
  const kept = memory() - empty;

  const base = await measurePromClient(count);
  print('prom-client (base)', base);
  print('chunk store, all changed', all, base);
  print(`chunk store, ${CHANGED_SHARE * 100} % changed`, some, base);
  print('chunk store, unchanged', unchanged, base);
  console.log(`memory kept: prom-client ${base.kept.toFixed(0)} MiB, chunk store ${kept.toFixed(0)} MiB`);
}

await main(Number(process.argv[2] ?? 10_000));
