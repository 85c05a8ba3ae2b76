/**
 * A fleet of runs as the exporter has it at default retention, for benchmarks: the histories are made by what a
 * JobManager and its archives would tell, the exporter is the real one. Of 20 runs 14 live, 3 are the newest ended ones of
 * their name, and 3 ended within the hour and were superseded by a live one. Keeps what a `FactExporter` needs; bounded by
 * the number of runs asked for.
 */

import { hash } from 'node:crypto';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import { type ClusterStatus, unseenCluster } from '../../src/core/cluster-status.ts';
import type { ArchiveOutcome, CheckpointStatistics, Failure, ListedJob } from '../../src/core/facts.ts';
import { keyOf, type Run } from '../../src/core/run.ts';
import {
  withCheckpointConfig,
  withCheckpoints,
  withDetails,
  withFailure,
  withRestarts,
} from '../../src/core/run-facts.ts';
import { EXECUTION_STATES, type TaskCounts } from '../../src/core/states.ts';
import { type ClusterNow, FactExporter } from '../../src/metrics/fact-exporter.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The moment at which the fleet is looked at, in every clock. */
const NOW = 1_764_000_000_000;
const CLUSTERS = 10;
/** The defaults of the configuration. */
const LIMITS = { maxJobs: 20_000, endedRunsMs: 7 * 24 * HOUR, supersededSeriesMs: HOUR };
const NO_JOBS: ReadonlySet<string> = new Set();

export class BenchFleet {
  readonly exporter = new FactExporter(LIMITS);
  readonly #clusters: readonly BenchCluster[];

  /** Everything is exported and nothing rendered yet. */
  constructor(runs: number) {
    this.#clusters = Array.from({ length: CLUSTERS }, (_, index) => new BenchCluster(index, runs / CLUSTERS));
    for (const cluster of this.#clusters) this.exporter.exportCluster(cluster.now());
  }

  /**
   * Lets `share` of the live runs, all over the fleet, learn something, as an observation would: a checkpoint was
   * completed; of one in twenty a restart, too.
   *
   * @returns shows it: what the change costs the exposition begins here
   */
  change(share: number): () => void {
    const changes = this.#clusters.map((cluster) => ({ cluster, names: cluster.change(share) }));
    return () => {
      for (const { cluster, names } of changes) this.exporter.exportCluster(cluster.now(), names);
    };
  }
}

class BenchCluster {
  readonly #history: ClusterHistory;
  readonly #status: ClusterStatus;
  #round = 0;

  constructor(index: number, runs: number) {
    const cluster = `flink-production-${String(index)}`;
    this.#status = { ...unseenCluster(cluster, true), up: true, lastObservedAt: NOW, version: '2.3.0' };
    this.#history = new ClusterHistory(cluster, { runs: [], names: [] });
    const ordinals = Array.from({ length: runs }, (_, ordinal) => ordinal);
    const live = ordinals.filter((ordinal) => isLive(ordinal)).map((ordinal) => listedJob(index, ordinal));
    this.#history.listed(live, new Map(), { at: NOW, jobManagerAt: NOW });
    for (const ordinal of ordinals) {
      if (isLive(ordinal)) continue;
      const path = `/archives/${jobId(index, ordinal)}`;
      this.#history.archived({ outcome: endedJob(index, ordinal), path, source: 'archive' }, NOW);
    }
    for (const [ordinal, run] of this.#live().entries()) this.#history.learn(run, (known) => learnt(known, ordinal));
    this.#history.drain();
  }

  now(): ClusterNow {
    return { history: this.#history, status: this.#status, expectedJobs: NO_JOBS, counted: true, jobManagerNow: NOW };
  }

  /** @returns the names of the runs that changed */
  change(share: number): Set<string> {
    this.#round += 1;
    const live = this.#live();
    const every = Math.round(1 / share);
    const changed = live.filter((_, ordinal) => (ordinal + this.#round) % every === 0);
    for (const [ordinal, run] of changed.entries()) {
      this.#history.learn(run, (known) => {
        const next = withCheckpoints(known, statistics(run, (known.checkpoints?.reachedId ?? 0) + 1), false);
        return ordinal % 20 === 0 ? withRestarts(next, (known.restarts?.current ?? 0) + 1, 0) : next;
      });
    }
    this.#history.drain();
    return new Set(changed.map(({ name }) => name));
  }

  /** In the same order at each call: `learn` changes the order in which the history has them. */
  #live(): Run[] {
    return [...this.#history.runs()]
      .filter((run) => run.final === undefined)
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
}

function isLive(ordinal: number): boolean {
  return ordinal % 20 < 14;
}

/** As random as Flink's: how small a page can be compressed depends on it. */
function jobId(cluster: number, ordinal: number): string {
  return hash('md5', `${String(cluster)}/${String(ordinal)}`);
}

/** The last three of twenty have the names of live jobs. */
function jobName(ordinal: number): string {
  return `payments-enrichment-${String(ordinal % 20 < 17 ? ordinal : ordinal - 10).padStart(6, '0')}`;
}

function listedJob(cluster: number, ordinal: number): ListedJob {
  const startTime = NOW - HOUR / 2 + ordinal;
  return {
    jobId: jobId(cluster, ordinal),
    name: jobName(ordinal),
    state: 'RUNNING',
    startTime,
    duration: NOW - startTime,
    lastModification: startTime + 1_234,
    tasks: tasks(8),
    jobType: 'STREAMING',
    scheduler: 'Default',
  };
}

function endedJob(cluster: number, ordinal: number): ArchiveOutcome {
  const endTime = NOW - HOUR / 2 - 1 - ordinal;
  return {
    jobId: jobId(cluster, ordinal),
    name: jobName(ordinal),
    status: ordinal % 2 === 0 ? 'FAILED' : 'CANCELED',
    startTime: endTime - 5 * HOUR,
    endTime,
    reachedRunning: true,
    jobType: 'STREAMING',
    scheduler: 'Default',
    tasks: tasks(0),
    failures: 1,
    lastFailure: failure(endTime),
  };
}

function tasks(running: number): TaskCounts {
  const none = Object.fromEntries(EXECUTION_STATES.map((state) => [state, 0])) as TaskCounts;
  return { ...none, RUNNING: running };
}

function failure(timestamp: number): Failure {
  const task = 'Source: orders -> Map -> Filter';
  return { exception: 'java.net.ConnectException', message: 'Connection refused', task, labels: '', timestamp };
}

/** What is read of a live run; one in ten had a failure. */
function learnt(run: Run, ordinal: number): Run {
  const config = { intervalMs: MINUTE, timeoutMs: 10 * MINUTE, retained: true, deletedOnCancellation: false };
  const known = withCheckpointConfig(withRestarts(run, ordinal % 3, 0), config);
  const read = withCheckpoints(known, statistics(run, 1_000 + (ordinal % 100)), false);
  const entered = { jobId: run.jobId, name: run.name, state: 'RUNNING', startTime: 0, duration: 0 } as const;
  const described = withDetails(read, { ...entered, timestamps: {}, tasks: tasks(8), scheduler: 'Default' });
  return ordinal % 10 === 0 ? withFailure(described, failure(NOW - ordinal)) : described;
}

function statistics(run: Run, id: number): CheckpointStatistics {
  const completedAt = NOW - HOUR + id * 7_919;
  const latestCompleted = {
    id,
    kind: 'checkpoint',
    triggeredAt: completedAt - 1_000,
    completedAt,
    durationMs: 417 + (id % 1_000),
    sizeBytes: 104_857_600 + id * 4_099,
    path: `s3://flink/checkpoints/${run.jobId}/chk-${String(id)}`,
    discarded: false,
  } as const;
  return { restored: 0, completed: id, failed: id % 7, latestCompleted };
}
