/**
 * Which runs are exported, and with how many families ("Bounds" in `docs/metrics.md`). Time only ever takes a run out:
 * nothing enters the exposition without a change of a run.
 */

import type { ClusterHistory } from './cluster-history.ts';
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
}

/**
 * Whether a run of the same name that started at or after this one's end has reached RUNNING or has itself ended. Two
 * jobs of one name that run side by side do not supersede each other.
 */
export function isSuperseded(run: Run, sameName: Iterable<Run>): boolean {
  const endTime = run.final?.endTime;
  if (endTime === undefined) return false;
  for (const other of sameName) {
    if (other !== run && startOf(other) >= endTime && (other.reachedRunning || other.final !== undefined)) return true;
  }
  return false;
}

/**
 * The exported runs of one job name.
 *
 * @param jobManagerNow the present moment in the cluster's clock, milliseconds
 */
export function exportedRuns(
  history: Pick<ClusterHistory, 'runsOf' | 'generations'>,
  name: string,
  bounds: ExportBounds,
  jobManagerNow: number,
): ExportedRun[] {
  const sameName = history.runsOf(name);
  const newest = [...sameName].filter((run) => history.generations(run.jobId).at(-1) === run);
  const lastEnded = newest.reduce<Run | undefined>(laterEnd, undefined);
  const exported: ExportedRun[] = [];
  for (const run of newest) {
    const exposure = exposureOf(run, run === lastEnded, bounds, jobManagerNow);
    if (exposure !== 'none') exported.push({ run, exposure, superseded: isSuperseded(run, sameName) });
  }
  return exported;
}

function exposureOf(run: Run, isLastEnded: boolean, bounds: ExportBounds, now: number): Exposure {
  if (run.final === undefined) return 'full';
  const age = now - run.final.endTime;
  if (age > bounds.endedRunsMs) return 'none';
  if (isLastEnded) return 'full';
  return age <= bounds.supersededSeriesMs ? 'ended' : 'none';
}

/** The later end; where two are equal (runs of one JobManager vanish together) always the same of the two. */
function laterEnd(last: Run | undefined, run: Run): Run | undefined {
  if (run.final === undefined) return last;
  if (last?.final === undefined) return run;
  const difference = run.final.endTime - last.final.endTime || startOf(run) - startOf(last);
  return difference > 0 || (difference === 0 && run.jobId > last.jobId) ? run : last;
}

/** In which order `observe.max_jobs` keeps runs: live before ended, then the youngest first. */
export function byImportance(a: Run, b: Run): number {
  const ended = Number(a.final !== undefined) - Number(b.final !== undefined);
  return ended !== 0 ? ended : (b.final?.endTime ?? startOf(b)) - (a.final?.endTime ?? startOf(a));
}
