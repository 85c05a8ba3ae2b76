/**
 * What is learned of a run besides its state: restarts, checkpoints, failures, kind. Pure; a function returns the very
 * same run when it learned nothing.
 */

import { read, ZERO_COUNTER, type EpochCounter, total } from './epoch-counter.ts';
import type {
  ArchiveOutcome,
  CheckpointConfig,
  CheckpointStatistics,
  Failure,
  JobDetails,
  RestoredSnapshot,
  Snapshot,
} from './facts.ts';
import { boundLabel } from './label-value.ts';
import type { Checkpoints, Run } from './run.ts';
import { unlessEqual } from './unless-equal.ts';

const NOTHING_READ: Checkpoints = { completed: ZERO_COUNTER, failed: ZERO_COUNTER, readAfterEnd: false };

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

/** Everything that the present `modifiedAt` made worth reading was read, or cannot be. */
export function withAllLearned(run: Run): Run {
  const { modifiedAt } = run;
  return modifiedAt === undefined || run.learnedUpTo === modifiedAt ? run : { ...run, learnedUpTo: modifiedAt };
}

/** Something else turned out to be worth reading. */
export function withMoreToLearn({ learnedUpTo: _notAll, ...run }: Run): Run {
  return run;
}

/** `numRestarts` less `numRescales`: the adaptive scheduler counts a rescale as a restart. */
export function withRestarts(run: Run, numRestarts: number, numRescales: number): Run {
  const restarts = read(run.restarts, Math.max(0, numRestarts - numRescales));
  return restarts === run.restarts ? run : { ...run, restarts };
}

export function withCheckpointConfig(run: Run, config: CheckpointConfig): Run {
  return { ...run, checkpointConfig: config, checkpoints: run.checkpoints ?? NOTHING_READ };
}

/**
 * `GET /jobs/:id/checkpoints` of the run's present epoch.
 *
 * @param afterEnd whether it is certain that this was said after the run had ended
 */
export function withCheckpoints(run: Run, statistics: CheckpointStatistics, afterEnd: boolean): Run {
  const before = run.checkpoints ?? NOTHING_READ;
  const completed = newer(before.lastCompleted, statistics.latestCompleted);
  const savepoint = newer(before.lastSavepoint, statistics.latestSavepoint);
  const restored = laterRestored(before.lastRestored, statistics.latestRestored);
  const reached = highest(before.reachedId, statistics.latestCompleted?.id, statistics.latestRestored?.id);
  const checkpoints = unlessEqual(before, {
    completed: read(before.completed, statistics.completed),
    failed: read(before.failed, statistics.failed),
    ...(completed === undefined ? {} : { lastCompleted: completed }),
    ...(savepoint === undefined ? {} : { lastSavepoint: savepoint }),
    ...(restored === undefined ? {} : { lastRestored: restored }),
    readAfterEnd: before.readAfterEnd || afterEnd,
    ...(reached === undefined ? {} : { reachedId: reached }),
  });
  return checkpoints === run.checkpoints ? run : { ...run, checkpoints };
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
    // Of a folder and a History Server the one that told first.
    archive: run.archive ?? archive,
  };
  if (outcome.checkpointConfig !== undefined) merged = withCheckpointConfig(merged, outcome.checkpointConfig);
  if (outcome.checkpoints !== undefined) merged = withCheckpoints(merged, outcome.checkpoints, true);
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

function laterRestored(a: RestoredSnapshot | undefined, b: RestoredSnapshot | undefined): RestoredSnapshot | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.id > a.id || (b.id === a.id && b.restoredAt > a.restoredAt) ? b : a;
}

function highest(...ids: (number | undefined)[]): number | undefined {
  const known = ids.filter((id) => id !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
