/** Facts as the sources state them, with what a test does not care about filled in. Times are the JobManager's. */

import type { ArchiveOutcome, CheckpointStatistics, ListedJob, Snapshot } from '../../../src/core/facts.ts';
import { EXECUTION_STATES, type TaskCounts } from '../../../src/core/states.ts';

export const JOB_ID = 'a'.repeat(32);

export const NO_TASKS = Object.fromEntries(EXECUTION_STATES.map((state) => [state, 0])) as TaskCounts;

export function listed(job: Partial<ListedJob> & Pick<ListedJob, 'startTime'>): ListedJob {
  return {
    jobId: JOB_ID,
    name: 'orders',
    state: 'RUNNING',
    duration: (job.endTime ?? job.startTime) - job.startTime,
    lastModification: job.endTime ?? job.startTime,
    tasks: NO_TASKS,
    ...job,
  };
}

export function archiveOf(
  outcome: Partial<ArchiveOutcome> & Pick<ArchiveOutcome, 'startTime' | 'endTime'>,
): ArchiveOutcome {
  return {
    jobId: JOB_ID,
    name: 'orders',
    status: 'FAILED',
    reachedRunning: true,
    tasks: NO_TASKS,
    failures: 0,
    ...outcome,
  };
}

export function checkpoint(id: number, more: Partial<Snapshot> = {}): Snapshot {
  return {
    id,
    kind: 'checkpoint',
    triggeredAt: id * 1_000,
    completedAt: id * 1_000 + 100,
    durationMs: 100,
    sizeBytes: 4_096,
    path: `file:/checkpoints/chk-${String(id)}`,
    discarded: false,
    ...more,
  };
}

/** Statistics of a JobManager that restored checkpoint `restored` and has completed those up to `completed`. */
export function statistics(ids: { restored?: number; completed?: number; failed?: number }): CheckpointStatistics {
  const { restored, completed, failed = 0 } = ids;
  return {
    restored: restored === undefined ? 0 : 1,
    completed: completed === undefined ? 0 : completed - (restored ?? 0),
    failed,
    ...(completed === undefined ? {} : { latestCompleted: checkpoint(completed) }),
    ...(restored === undefined
      ? {}
      : { latestRestored: { id: restored, restoredAt: restored * 1_000 + 500, owned: true } }),
  };
}
