/**
 * What is learned of a run besides its state: restarts, checkpoints, failures, kind. Pure; a function returns the very
 * same run when it learned nothing.
 */

import { read, ZERO_COUNTER, type EpochCounter, total } from './epoch-counter.ts';
import type { ArchiveOutcome, CheckpointConfig, CheckpointStatistics, Failure, JobDetails, Snapshot } from './facts.ts';
import { boundLabel } from './label-value.ts';
import type { Checkpoints, Run } from './run.ts';
import { unlessEqual } from './unless-equal.ts';

/** `GET /jobs/:id`: kind of job, and when it entered its state. */
export function withDetails(run: Run, details: JobDetails): Run {
  const entered =
    run.final === undefined && run.state === details.state ? details.timestamps[details.state] : undefined;
  return unlessEqual(run, {
    ...run,
    jobType: details.jobType || run.jobType,
    scheduler: boundLabel(details.scheduler ?? run.scheduler),
    applicationId: boundLabel(details.applicationId ?? run.applicationId),
    reachedRunning: run.reachedRunning || details.timestamps.RUNNING !== undefined,
    stateEnteredAt: entered ?? run.stateEnteredAt,
  });
}

/** `numRestarts` less `numRescales`: the adaptive scheduler counts a rescale as a restart. */
export function withRestarts(run: Run, numRestarts: number, numRescales: number): Run {
  const restarts = read(run.restarts, Math.max(0, numRestarts - numRescales));
  return restarts === run.restarts ? run : { ...run, restarts };
}

export function withCheckpointConfig(run: Run, config: CheckpointConfig): Run {
  const checkpoints = run.checkpoints ?? { completed: ZERO_COUNTER, failed: ZERO_COUNTER };
  return { ...run, checkpointConfig: config, checkpoints };
}

/** `GET /jobs/:id/checkpoints` of the run's present epoch. */
export function withCheckpoints(run: Run, statistics: CheckpointStatistics): Run {
  const before: Checkpoints = run.checkpoints ?? { completed: ZERO_COUNTER, failed: ZERO_COUNTER };
  const completed = read(before.completed, statistics.completed);
  const failed = read(before.failed, statistics.failed);
  const last = newer(before.lastCompleted, statistics.latestCompleted);
  const reached = highest(before.reachedId, statistics.latestCompleted?.id, statistics.latestRestored?.id);
  const same =
    run.checkpoints !== undefined &&
    completed === before.completed &&
    failed === before.failed &&
    last === before.lastCompleted &&
    reached === before.reachedId;
  if (same) return run;
  return {
    ...run,
    checkpoints: {
      completed,
      failed,
      ...(last === undefined ? {} : { lastCompleted: last }),
      ...(reached === undefined ? {} : { reachedId: reached }),
    },
  };
}

export function withFailure(run: Run, failure: Failure | undefined): Run {
  if (failure === undefined || (run.lastFailure !== undefined && run.lastFailure.timestamp >= failure.timestamp)) {
    return run;
  }
  return {
    ...run,
    lastFailure: {
      ...failure,
      exception: boundLabel(failure.exception),
      task: boundLabel(failure.task),
      labels: boundLabel(failure.labels),
      message: failure.message.toWellFormed(),
    },
  };
}

/**
 * What the end of a run proves about its restarts, as a lower bound: the failures in its exception history less the
 * final one (Flink keeps 16), and its restores less the initial one. Needed because Flink's own counter is empty for
 * ever when nobody asked while the job lived.
 */
export function withEndedRestarts(run: Run, failures: number, restores: number): Run {
  const byFailures = run.state === 'FAILED' ? failures - 1 : failures;
  const restarts: EpochCounter = read(run.restarts, Math.max(0, byFailures, restores - 1));
  return restarts === run.restarts ? run : { ...run, restarts };
}

/** Merges what an archive knows into its run, whose end is already decided. */
export function withOutcome(run: Run, outcome: ArchiveOutcome, archive: string): Run {
  let merged: Run = {
    ...run,
    jobType: outcome.jobType || run.jobType,
    scheduler: boundLabel(outcome.scheduler ?? run.scheduler),
    applicationId: boundLabel(outcome.applicationId ?? run.applicationId),
    reachedRunning: run.reachedRunning || outcome.reachedRunning,
    tasks: outcome.tasks,
    archive,
  };
  if (outcome.checkpointConfig !== undefined) merged = withCheckpointConfig(merged, outcome.checkpointConfig);
  if (outcome.checkpoints !== undefined) merged = withCheckpoints(merged, outcome.checkpoints);
  merged = withFailure(merged, outcome.lastFailure);
  return withEndedRestarts(merged, outcome.failures, outcome.checkpoints?.restored ?? 0);
}

export function restartsOf(run: Run): number | undefined {
  return run.restarts === undefined ? undefined : total(run.restarts);
}

/** Of the same snapshot what says that Flink has deleted it, which happens when a job ends. */
function newer(a: Snapshot | undefined, b: Snapshot | undefined): Snapshot | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.id > a.id || (b.id === a.id && b.discarded && !a.discarded) ? b : a;
}

function highest(...ids: (number | undefined)[]): number | undefined {
  const known = ids.filter((id) => id !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
