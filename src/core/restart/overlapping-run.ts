/** Runs of one name side by side; asked by the fresh look. */

import { type Run, startOf } from '../run.ts';
import type { EndedRun } from './incident.ts';

/** A change of version that let two runs overlap for a while is over after a day. */
const REMEMBERED_MS = 86_400_000;

/**
 * A run of the same name that was alive together with this one in the last day before its end: it is not clear then
 * which of them should run. The lives of one job id follow each other.
 *
 * @param run the ended run, as far as it is known
 */
export function overlappingRun(ended: EndedRun, run: Run | undefined, sameName: readonly Run[]): Run | undefined {
  const start = run === undefined ? ended.lastStart : startOf(run);
  return sameName.find((other) => {
    const otherEnd = other.final?.endTime ?? Number.POSITIVE_INFINITY;
    return (
      other.jobId !== ended.jobId &&
      startOf(other) < ended.endTime &&
      otherEnd > Math.max(start, ended.endTime - REMEMBERED_MS)
    );
  });
}
