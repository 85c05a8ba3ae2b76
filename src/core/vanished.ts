/** Whether a run that its JobManager does not know any more has vanished. Pure; `ClusterHistory.settle` asks. */

import type { Run } from './run.ts';

/** The last scan of one archive folder or History Server. Times are our clock. */
export interface ScanEvidence {
  /** What was archived before this moment has been listed. */
  readonly asOf: number;
  /** All of it could be listed. */
  readonly complete: boolean;
  /** Ids with a file that could not be read to an outcome, or whose outcome belongs to nobody. */
  readonly doubtfulJobIds: ReadonlySet<string>;
}

/**
 * Missed for longer than the grace time, and every archive of the cluster completely scanned since then without a doubtful
 * file of that id.
 *
 * @param scans one for each archive; undefined when it was never scanned
 */
export function hasVanished(
  { jobId, missedAt }: Run,
  scans: readonly (ScanEvidence | undefined)[],
  graceMs: number,
  at: number,
): boolean {
  if (missedAt === undefined || at - missedAt < graceMs) return false;
  // A scan of a time to come was made before the clock was set back.
  const isBetween = (asOf: number): boolean => asOf > missedAt && asOf <= at;
  return scans.every((scan) => scan?.complete === true && isBetween(scan.asOf) && !scan.doubtfulJobIds.has(jobId));
}
