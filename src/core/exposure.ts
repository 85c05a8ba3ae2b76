/**
 * Which runs are exported, and with how many families ("Bounds" in `docs/metrics.md`). Time only ever takes a run out:
 * nothing enters the exposition without a change of a run.
 */

import type { RememberedRuns } from './remembered-runs.ts';
import { type Run, startOf } from './run.ts';

/** Retention, in milliseconds. */
export interface ExportBounds {
  readonly endedRunsMs: number;
  readonly supersededSeriesMs: number;
}

/** `full`: all families; `ended`: final status, superseded and end time only; `none`: not exported. */
export type Exposure = 'full' | 'ended' | 'none';

/** A run as it is rendered. */
export interface ExportedRun {
  readonly run: Run;
  readonly exposure: Exclude<Exposure, 'none'>;
  readonly superseded: boolean;
  /** `full` is what it should be: the ledger could not give it back. */
  readonly isUnread?: true;
}

/**
 * Tells of each run of one job name whether another of them that started at or after its end has reached RUNNING or has
 * itself ended. Two jobs of one name that run side by side do not supersede each other.
 */
export function supersededAmong(sameName: Iterable<Run>): (run: Run) => boolean {
  // The two that started last decide for all: for the last one it is the one before.
  let last: Run | undefined;
  let secondLast: Run | undefined;
  for (const run of sameName) {
    // In this order: of what sleeps the one is not in memory.
    if (run.final === undefined && !run.reachedRunning) continue;
    if (last === undefined || startOf(run) > startOf(last)) [last, secondLast] = [run, last];
    else if (secondLast === undefined || startOf(run) > startOf(secondLast)) secondLast = run;
  }
  return (run) => {
    const other = run === last ? secondLast : last;
    return run.final !== undefined && other !== undefined && startOf(other) >= run.final.endTime;
  };
}

/**
 * The exported runs of one job name.
 *
 * @param jobManagerNow the present moment in the cluster's clock, milliseconds
 */
export function exportedRuns(
  history: Pick<RememberedRuns, 'runsOf' | 'isNewest' | 'tryWake'>,
  name: string,
  bounds: ExportBounds,
  jobManagerNow: number,
): ExportedRun[] {
  const sameName = history.runsOf(name);
  const isSuperseded = supersededAmong(sameName);
  const lastEnded = lastEndedAmong(sameName, history);
  const exported: ExportedRun[] = [];
  // A copy: to wake a run puts another object into the set.
  for (const run of [...sameName]) {
    const exposure = exposureOf(run, run === lastEnded, bounds, jobManagerNow);
    // Asked last, because most runs are too old.
    if (exposure === 'none' || !history.isNewest(run)) continue;
    const superseded = isSuperseded(run);
    // What is exported of the others is in memory while they sleep, and so it is of what cannot be read.
    const whole = exposure === 'full' ? history.tryWake(run) : run;
    if (whole === undefined) exported.push({ run, exposure: 'ended', superseded, isUnread: true });
    else exported.push({ run: whole, exposure, superseded });
  }
  return exported;
}

function exposureOf(run: Run, isLastEnded: boolean, bounds: ExportBounds, now: number): Exposure {
  const { final } = run;
  if (final === undefined) return 'full';
  const age = now - final.endTime;
  if (age > bounds.endedRunsMs) return 'none';
  if (isLastEnded) return 'full';
  return age <= bounds.supersededSeriesMs ? 'ended' : 'none';
}

/** The newest run of its job id that ended last; where two ended at once (runs of one JobManager vanish together) always the same. */
function lastEndedAmong(sameName: Iterable<Run>, history: Pick<RememberedRuns, 'isNewest'>): Run | undefined {
  let last: Run | undefined;
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (const run of sameName) {
    const { final } = run;
    if (final === undefined || final.endTime < lastEnd) continue;
    if (last !== undefined && final.endTime === lastEnd && !isAfter(run, last)) continue;
    if (history.isNewest(run)) [last, lastEnd] = [run, final.endTime];
  }
  return last;
}

/** Of two that ended at once. */
function isAfter(run: Run, other: Run): boolean {
  const difference = startOf(run) - startOf(other);
  return difference > 0 || (difference === 0 && run.jobId > other.jobId);
}

/** In which order `observe.max_jobs` keeps runs: live before ended, then the youngest first. */
export function byImportance(a: Run, b: Run): number {
  const ended = Number(a.final !== undefined) - Number(b.final !== undefined);
  return ended !== 0 ? ended : (b.final?.endTime ?? startOf(b)) - (a.final?.endTime ?? startOf(a));
}
