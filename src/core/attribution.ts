/**
 * Whose archive is it? A folder may be used by several clusters (usual with one History Server), and Flink's default
 * `cluster.id` is the same for everybody. The rule is that of `docs/truth.md`: never guess, because an outcome on the
 * wrong cluster is a lie.
 */

import type { ArchiveOutcome } from './facts.ts';
import type { Run } from './run.ts';

/** A cluster that uses the folder. */
export interface ArchiveUser {
  readonly cluster: string;
  /** The runs that it remembers of a job id. */
  generations(jobId: string): readonly Run[];
  /** Name of the folder that its archives lie in: null for Flink before 2.3, undefined while not known. */
  readonly clusterFolder: string | null | undefined;
}

/** What is to be attributed. */
export interface Attributable {
  readonly outcome: ArchiveOutcome;
  /** Name of the `cluster.id` folder that it lies in; absent in the flat layout. */
  readonly clusterFolder?: string;
  /** Names of the clusters that it surely is not of: it overlaps a run that was alive there. */
  readonly refusedBy: ReadonlySet<string>;
}

/**
 * The user of the folder that wrote this archive, or undefined when that cannot be told (yet).
 *
 * @param allUsersKnown whether these are all configured clusters that use the folder: another one may turn out to when
 *   its JobManager tells where its archives lie
 */
export function ownerOf(
  { outcome, clusterFolder, refusedBy }: Attributable,
  users: readonly ArchiveUser[],
  allUsersKnown: boolean,
): ArchiveUser | undefined {
  const candidates = users.filter(({ cluster }) => !refusedBy.has(cluster));
  const witnesses = candidates.filter((user) => user.generations(outcome.jobId).some(shownByJobManager));
  if (witnesses.length === 1) return witnesses[0];
  if (witnesses.length > 1) {
    const exact = witnesses.filter((user) =>
      user.generations(outcome.jobId).some((run) => run.startTimes.includes(outcome.startTime)),
    );
    return exact.length === 1 ? exact[0] : undefined;
  }
  if (!allUsersKnown) return undefined;
  // Who refused it still counts: that it is of the one who is left would be a guess.
  if (users.length === 1) return candidates[0];
  if (clusterFolder === undefined) return undefined;
  // A cluster whose folder is not known yet may turn out to use the same one.
  if (users.some((user) => user.clusterFolder === undefined)) return undefined;
  const inFolder = users.filter((user) => user.clusterFolder === clusterFolder);
  return inFolder.length === 1 ? candidates.find((user) => user === inFolder[0]) : undefined;
}

function shownByJobManager(run: Run): boolean {
  return run.seenAlive || run.final?.source === 'live';
}
