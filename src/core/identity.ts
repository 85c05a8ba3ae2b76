/**
 * Which run is it? A job id does not name a run (application mode and people reuse ids), and neither does id + start
 * time (a JobManager failover keeps the id and gives the same run a new start time). The rules are those of
 * `docs/truth.md`, "Which run is it?"; `ClusterHistory` asks them.
 */

import type { ArchiveOutcome, CheckpointStatistics, ListedJob } from './facts.ts';
import { boundLabel } from './label-value.ts';
import { isSettled, lastStartOf, type Run, startOf, type Tombstone } from './run.ts';
import { type FlinkState, isEnded } from './states.ts';

/** Two JobManagers' clocks may differ by this much before an archive is taken for another run's. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** In these states a JobManager may not have restored anything yet. */
const NOT_YET_RESTORED: readonly FlinkState[] = ['INITIALIZING', 'CREATED', 'RECONCILING', 'RESTARTING'];

/** Statistics can be older than the list: a JobManager caches them for `web.refresh-interval`, 3 s by default. */
const STATISTICS_AGE_MS = 5_000;

/**
 * What a JobManager says of a job's checkpoints: statistics, `off` (not enabled), nothing now, or nothing ever (1.18.0
 * answers 404 for every job that has ended, FLINK-33872).
 */
export type CheckpointEvidence = CheckpointStatistics | 'off' | 'unavailable' | 'gone';

/**
 * Whether a job that is listed with a start time we do not know is the run that we know under its id: the same if its
 * state continues, that is, if it restored at least the checkpoint that we know to be completed.
 */
export function continues(run: Run, job: ListedJob, evidence: CheckpointEvidence): 'same' | 'other' | 'undecided' {
  if (!hasSameName(run, job)) return 'other';
  const reached = run.checkpoints?.reachedId;
  if (reached === undefined) return 'same';
  if (evidence === 'unavailable') return 'undecided';
  // Nobody will ever tell. While the run before lived, Flink would have refused its id to another submission.
  if (evidence === 'gone') return isEnded(job.state) ? 'same' : 'undecided';
  const restored = evidence === 'off' ? undefined : evidence.latestRestored?.id;
  if (restored !== undefined && restored >= reached) return 'same';
  if (mayBeOfLifeBefore(job)) return 'undecided';
  return restored === undefined && mayYetRestore(job, evidence) ? 'undecided' : 'other';
}

/** A standby that became the leader may still have cached what the leader before it said. */
function mayBeOfLifeBefore(job: ListedJob): boolean {
  return !isEnded(job.state) && job.duration < STATISTICS_AGE_MS;
}

/**
 * Whether missing or empty statistics prove nothing: until a job is initialised Flink gives empty ones
 * (`ArchivedExecutionGraph.createSparseArchivedExecutionGraph`).
 */
function mayYetRestore(job: ListedJob, evidence: CheckpointStatistics | 'off'): boolean {
  if (isEnded(job.state) || (evidence !== 'off' && evidence.completed > 0)) return false;
  const sinceChanged = job.startTime + job.duration - job.lastModification;
  return NOT_YET_RESTORED.includes(job.state) || sinceChanged < STATISTICS_AGE_MS;
}

/** The generations of one job id, as far as they are known. */
export interface Generations {
  /** Ordered by `lastStartOf`. */
  readonly runs: readonly Run[];
  readonly tombstones: readonly Tombstone[];
}

/** The run that a listed job surely is, by a start time or the end that we know. */
export function knownRun(generations: Generations, job: Pick<ListedJob, 'startTime' | 'endTime'>): Run | undefined {
  return (
    generations.runs.find((run) => run.startTimes.includes(job.startTime)) ??
    generations.runs.find((run) => isSettled(run) && job.endTime !== undefined && run.final?.endTime === job.endTime)
  );
}

/** Whether this is a run that already left the ledger. What is heard of one that had vanished is always news. */
export function isForgotten(generations: Generations, job: Pick<ListedJob, 'startTime' | 'endTime'>): boolean {
  return generations.tombstones.some(
    (stone) =>
      stone.status !== 'VANISHED' &&
      ((stone.startTimes.includes(job.startTime) && !beganAnew(stone.startTimes, job)) ||
        (job.endTime !== undefined && stone.endTime === job.endTime)),
  );
}

export type ArchivePlace =
  | { readonly kind: 'run'; readonly run: Run }
  /** It is of an earlier life of this run, which began anew after it: two runs were taken for one. */
  | { readonly kind: 'earlier'; readonly run: Run }
  | { readonly kind: 'new' }
  | { readonly kind: 'forgotten' }
  /** It overlaps a run that is alive: another cluster that shares the folder wrote it. */
  | { readonly kind: 'foreign' }
  /** The run was alive when its JobManager was last asked: the next observation has the first word on how it ended. */
  | { readonly kind: 'wait'; readonly run: Run };

/**
 * The run that an archive was written for.
 *
 * @param lastAlive when a run was last seen alive, in its JobManager's clock
 * @param confirmed whether the runs in sight were observed after the archive was read
 */
export function placeArchive(
  generations: Generations,
  outcome: ArchiveOutcome,
  lastAlive: (run: Run) => number,
  confirmed: boolean,
): ArchivePlace {
  const known = knownRun(generations, outcome);
  if (known !== undefined) {
    if (beganAnew(known.startTimes, outcome)) return { kind: 'earlier', run: known };
    return isInSight(known) && !confirmed ? { kind: 'wait', run: known } : { kind: 'run', run: known };
  }
  if (isForgotten(generations, outcome)) return { kind: 'forgotten' };
  if (generations.runs.some((run) => livedAcross(run, outcome, lastAlive(run)))) return { kind: 'foreign' };
  for (const run of generations.runs.toReversed()) {
    if (fits(run, outcome, lastAlive(run))) {
      if (isInSight(run)) return confirmed ? { kind: 'foreign' } : { kind: 'wait', run };
      if (hasSameName(run, outcome)) return { kind: 'run', run };
    }
    // Lives of one id follow each other: what began after this generation is of none before it.
    if (outcome.startTime > startOf(run)) break;
  }
  return { kind: 'new' };
}

/** Whether this run can have ended as an archive says that has a start time which we do not know. */
function fits(run: Run, outcome: ArchiveOutcome, lastAlive: number): boolean {
  return (
    !isSettled(run) &&
    outcome.endTime > lastStartOf(run) &&
    outcome.startTime >= startOf(run) - CLOCK_TOLERANCE_MS &&
    outcome.endTime >= lastAlive - CLOCK_TOLERANCE_MS
  );
}

/** Whether a run lived before this archive's job began and after it had ended. A cluster never runs one id twice at a time. */
function livedAcross(run: Run, outcome: ArchiveOutcome, lastAlive: number): boolean {
  return outcome.startTime > lastStartOf(run) && outcome.endTime < lastAlive - CLOCK_TOLERANCE_MS;
}

/**
 * Whether a life of a run began after this one had ended. That is no failover, whatever it looked like (same id, restored
 * from the last checkpoint or savepoint, or no checkpoint known), but a new submission: the usual upgrade in application
 * mode.
 */
function beganAnew(
  startTimes: readonly number[],
  { startTime, endTime }: Pick<ListedJob, 'startTime' | 'endTime'>,
): boolean {
  const life = startTimes.indexOf(startTime);
  if (life < 0 || endTime === undefined) return false;
  return startTimes.slice(life + 1).some((start) => start > endTime - CLOCK_TOLERANCE_MS);
}

/** A JobManager that takes a job over has its graph, and so its name, from the one before. */
function hasSameName(run: Run, job: { readonly name: string }): boolean {
  return run.name === boundLabel(job.name);
}

function isInSight(run: Run): boolean {
  return run.lostAt === undefined && run.final === undefined;
}
