/**
 * Which runs of a cluster may leave, and how many it may have. Pure functions over its history; `FleetRetention` asks
 * them once a minute.
 */

import type { RetentionConfig } from '../config/config.ts';
import type { RememberedRuns } from '../core/remembered-runs.ts';
import { byImportance } from '../core/exposure.ts';
import type { Run } from '../core/run.ts';

/** A cluster is remembered with so many times the runs that `observe.max_jobs` lets onto the page. */
export const LIVE_RUNS_PER_EXPORTED = 2;
export const ENDED_RUNS_PER_EXPORTED = 10;

export function maxLiveRuns(maxJobs: number): number {
  return LIVE_RUNS_PER_EXPORTED * maxJobs;
}

export function maxEndedRuns(maxJobs: number): number {
  return ENDED_RUNS_PER_EXPORTED * maxJobs;
}

interface RetainedRuns {
  readonly history: Pick<RememberedRuns, 'runs'>;
  jobManagerNow(): number;
}

/** Ended runs that are too old, or not among the youngest of their job. */
export function outsideRetention(
  unit: RetainedRuns,
  { endedRunsMs, endedRunsPerJob }: RetentionConfig,
): ReadonlySet<Run> {
  const since = unit.jobManagerNow() - endedRunsMs;
  const outside = new Set<Run>();
  const ended = [...unit.history.runs()].filter((run) => run.final !== undefined);
  for (const runs of Map.groupBy(ended, (run) => run.name).values()) {
    runs.sort((a, b) => (b.final?.endTime ?? 0) - (a.final?.endTime ?? 0));
    for (const [rank, run] of runs.entries()) {
      if (rank >= endedRunsPerJob || (run.final?.endTime ?? 0) < since) outside.add(run);
    }
  }
  return outside;
}

/** The oldest of the ended runs beyond what is remembered of a cluster. */
export function tooManyEnded(history: Pick<RememberedRuns, 'runs' | 'endedRuns'>, maxJobs: number): ReadonlySet<Run> {
  const limit = maxEndedRuns(maxJobs);
  if (history.endedRuns <= limit) return new Set();
  const ended = [...history.runs()].filter((run) => run.final !== undefined);
  return new Set(ended.toSorted(byImportance).slice(limit));
}
