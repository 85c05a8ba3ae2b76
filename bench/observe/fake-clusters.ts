/**
 * JobManagers of steady jobs, in a process of their own so that they cost the process under test nothing. Forked by
 * `fakes.ts` with `FakeClustersOptions` as JSON; sends its addresses, and then answers each message. Ends with its parent.
 */

import { ManualClock } from '../../test/fake-flink/clock.ts';
import { FakeCluster } from '../../test/fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../test/fake-flink/fake-job.ts';
import { FakeJobManager } from '../../test/fake-flink/fake-job-manager.ts';
import { ANY_ROUTE } from '../../test/fake-flink/faults.ts';

/** Jobs without checkpoints, with one each minute, or whose checkpoints never come to an end. */
export type Kind = 'without' | 'each minute' | 'overdue';

export interface FakeClustersOptions {
  /** When the jobs start, milliseconds since the epoch. */
  readonly start: number;
  readonly clusters: number;
  /** Of each cluster. */
  readonly jobs: number;
  readonly kind: Kind;
  /** So many clusters answer each request this much later, milliseconds. */
  readonly slow?: { readonly clusters: number; readonly ms: number };
  /** So many clusters never answer. */
  readonly hanging?: number;
}

export interface Report {
  /** By route. */
  readonly requests: Readonly<Record<string, number>>;
  readonly completedCheckpoints: number;
  /** When each cluster was asked for its list, milliseconds of the real clock. */
  readonly polls: readonly (readonly number[])[];
}

const INTERVAL_MS = 60_000;

const options = JSON.parse(process.argv[2] ?? '') as FakeClustersOptions;
const clock = new ManualClock(options.start);
const clusters = Array.from({ length: options.clusters }, () => new FakeCluster({ version: '1.20', clock }));
for (const cluster of clusters) {
  for (let index = 0; index < options.jobs; index++) {
    const checkpointing = options.kind === 'without' ? 'off' : { intervalMs: INTERVAL_MS };
    cluster.submit({ name: `orders-enrichment-${String(index)}`, checkpointing }).run();
  }
}
const requests: Record<string, number> = {};
let completedCheckpoints = 0;
const polls = clusters.map((): number[] => []);
const jobManagers = await Promise.all(
  clusters.map((cluster, index) =>
    FakeJobManager.start(cluster, {
      onRequest: ({ route }) => {
        requests[route] = (requests[route] ?? 0) + 1;
        if (route === '/jobs/overview') polls[index]?.push(Date.now());
      },
    }),
  ),
);
const { slow = { clusters: 0, ms: 0 }, hanging = 0 } = options;
jobManagers.forEach(({ faults }, index) => {
  if (index < hanging) faults.set(ANY_ROUTE, { kind: 'hang' });
  else if (index < hanging + slow.clusters) faults.set(ANY_ROUTE, { kind: 'delay', ms: slow.ms });
});

// A moment in milliseconds since the epoch: what was due until then happens. The answer counts from the start on.
process.on('message', (now: number) => {
  const before = clock.now();
  clock.advance(now - before);
  for (const cluster of clusters) cluster.jobs.forEach((job, index) => live(job, index, before));
  // Otherwise the log of requests would be all that grows.
  for (const jobManager of jobManagers) jobManager.requests.length = 0;
  process.send?.({ requests, completedCheckpoints, polls } satisfies Report);
});
process.on('disconnect', () => process.exit());
process.send?.(jobManagers.map(({ baseUrl }) => baseUrl));

/** Spread over the minute, as jobs are that were not started together. */
function live(job: FakeJob, index: number, before: number): void {
  const turn = (at: number): number => Math.floor((at - options.start + ((index * 7_919) % INTERVAL_MS)) / INTERVAL_MS);
  if (options.kind !== 'each minute' || turn(clock.now()) === turn(before)) return;
  job.completeCheckpoint();
  completedCheckpoints += 1;
}
