/**
 * A fleet of any size, the same in each process that asks: the ledger that a benchmark fills, and the JobManagers that go on
 * from there. Ids and times follow from the numbers alone.
 */

import type { ArchiveOutcome, CheckpointConfig } from '../../src/core/facts.ts';
import { EXECUTION_STATES, type TaskCounts } from '../../src/core/states.ts';

export interface FleetSize {
  readonly clusters: number;
  /** Live runs of all clusters. */
  readonly live: number;
  /** Ended runs of all clusters, of which an archive told. */
  readonly ended: number;
  /** Job names of the ended runs of all clusters. */
  readonly names: number;
}

export const CHECKPOINT_INTERVAL_MS = 60_000;
export const CHECKPOINT_CONFIG: CheckpointConfig = {
  intervalMs: CHECKPOINT_INTERVAL_MS,
  timeoutMs: 600_000,
  retained: true,
  deletedOnCancellation: false,
};
/** Checkpoints of each live job so far. */
export const CHECKPOINTS = 5;
/** Live jobs started so long ago; archived runs ended since then, one after the other. */
export const AGE_MS = 6 * 86_400_000;

export function clusterName(cluster: number): string {
  return `production-${String(cluster)}`;
}

/** Of the runs of a cluster, which are counted from 0. */
export function jobIdOf(kind: 'live' | 'ended', cluster: number, index: number): string {
  return `${kind === 'live' ? 'a' : 'e'}${cluster.toString(16).padStart(7, '0')}${index.toString(16).padStart(24, '0')}`;
}

export function liveName(index: number): string {
  return `orders-enrichment-${String(index).padStart(6, '0')}`;
}

/** What the JobManager of a cluster shows from the beginning, and the ledger knows already. */
export function liveJobs(cluster: number, size: FleetSize): { readonly jobId: string; readonly name: string }[] {
  return Array.from({ length: shareOf(size.live, size) }, (_, index) => ({
    jobId: jobIdOf('live', cluster, index),
    name: liveName(index),
  }));
}

/** How many of `all` fall to one of the clusters. */
export function shareOf(all: number, { clusters }: FleetSize): number {
  return Math.ceil(all / clusters);
}

/** What the archive of an ended run says: every second with checkpoints, every fifth a failure. */
export function outcomeOf(cluster: number, index: number, size: FleetSize, now: number): ArchiveOutcome {
  const jobId = jobIdOf('ended', cluster, index);
  const ended = shareOf(size.ended, size);
  // Whole seconds, as a file system may keep them.
  const endTime = Math.floor((now - AGE_MS + (index / ended) * AGE_MS) / 1000) * 1000;
  const startTime = endTime - 3_600_000;
  const status = index % 5 === 0 ? 'FAILED' : index % 7 === 0 ? 'CANCELED' : 'FINISHED';
  const path = `hdfs://namenode:8020/flink/checkpoints/${jobId}/chk-60`;
  const triggeredAt = endTime - 30_000;
  return {
    jobId,
    name: `nightly-settlement-${String(index % shareOf(size.names, size)).padStart(6, '0')}`,
    status,
    startTime,
    endTime,
    reachedRunning: true,
    jobType: index % 2 === 0 ? 'STREAMING' : 'BATCH',
    tasks: tasksIn(status),
    ...(index % 2 === 0 && {
      checkpointConfig: CHECKPOINT_CONFIG,
      checkpoints: {
        restored: 0,
        completed: 60,
        failed: 0,
        latestCompleted: {
          id: 60,
          kind: 'checkpoint',
          triggeredAt,
          completedAt: triggeredAt + 900,
          durationMs: 900,
          sizeBytes: 1_048_576 + index,
          path,
          discarded: false,
        },
      },
    }),
    failures: status === 'FAILED' ? 1 : 0,
    ...(status === 'FAILED' && {
      lastFailure: {
        exception: 'java.util.concurrent.TimeoutException',
        message: `Heartbeat of TaskManager with id 10.0.${String(cluster)}.${String(index % 250)}:44033-4f1c timed out.`,
        task: 'Source: orders -> Map -> Sink: settlement',
        labels: '',
        timestamp: endTime - 5,
      },
    }),
  };
}

/** Four tasks, all in one state. */
export function tasksIn(state: keyof TaskCounts): TaskCounts {
  return Object.fromEntries(EXECUTION_STATES.map((other) => [other, other === state ? 4 : 0])) as unknown as TaskCounts;
}
