/**
 * A run: one life of a job, from its submission to its end, and everything that is remembered of it. Runs are immutable;
 * `resolve.ts` and `run-facts.ts` make new ones, `RememberedRuns` keeps them, the ledger stores them.
 *
 * Times are integer milliseconds in the clock of the run's JobManager, unless a comment says "our clock".
 */

import type { EpochCounter } from './epoch-counter.ts';
import type { CheckpointConfig, Failure, RestoredSnapshot, Snapshot } from './facts.ts';
import type { RuleId } from './rules.ts';
import type { FinalSource, FinalStatus, JobType, RunState, TaskCounts, UnknownReason } from './states.ts';

export interface RunKey {
  readonly cluster: string;
  readonly jobId: string;
  /** Tells runs of one job id apart. An identity, not a rank: generations are ordered by `lastStartOf`. */
  readonly generation: number;
}

/** A text that names a run within its cluster. */
export function keyOf(run: Pick<RunKey, 'jobId' | 'generation'>): string {
  return `${run.jobId}/${String(run.generation)}`;
}

export interface Final {
  readonly status: FinalStatus;
  readonly source: FinalSource;
  /** For VANISHED when the run was last seen alive. */
  readonly endTime: number;
  /** Our clock. */
  readonly recordedAt: number;
}

export interface Checkpoints {
  readonly completed: EpochCounter;
  readonly failed: EpochCounter;
  /** Each the newest of its kind that was ever told: after a failover a JobManager knows only what it restored. */
  readonly lastCompleted?: Snapshot;
  readonly lastSavepoint?: Snapshot;
  readonly lastRestored?: RestoredSnapshot;
  /** The statistics were read when the run had ended: nothing newer can exist. Absent in old ledgers. */
  readonly readAfterEnd: boolean;
  /** Highest checkpoint id completed or restored: what a JobManager that takes over must restore at least. */
  readonly reachedId?: number;
}

export interface Run extends RunKey {
  /** In the bounded form of `boundLabel`, like all text here that becomes a label. */
  readonly name: string;
  readonly jobType: JobType;
  readonly scheduler: string;
  readonly applicationId: string;
  /** Every start time seen, first one first; a failover adds one. */
  readonly startTimes: readonly number[];
  /** Of an ended run its final status. */
  readonly state: RunState;
  /** Why it is UNKNOWN. */
  readonly reason?: UnknownReason;
  readonly stateEnteredAt: number;
  /** `last-modification` when it was last listed: a restart moves it before any counter tells of it. */
  readonly modifiedAt?: number;
  /** `modifiedAt` when everything that moves with it had been read, so that it need not be after a restart of ours. */
  readonly learnedUpTo?: number;
  readonly rule: RuleId;
  /** Our clock: when `rule` began to hold. */
  readonly decidedAt: number;
  /** A JobManager once showed it before it ended. */
  readonly seenAlive: boolean;
  readonly reachedRunning: boolean;
  /** Last seen alive; set while the run is lost from sight. */
  readonly lostAt?: number;
  /** Our clock: since when a JobManager answers 404 for it. */
  readonly missedAt?: number;
  readonly final?: Final;
  /** Counted in `flink_job_runs_vanished_total`. */
  readonly countedVanished: boolean;
  readonly failovers: number;
  /** Absent until first read. */
  readonly restarts?: EpochCounter;
  /** Of a run in no final state. */
  readonly tasks?: TaskCounts;
  readonly lastFailure?: Failure;
  /** Absent when checkpointing is off or was not read yet. */
  readonly checkpoints?: Checkpoints;
  readonly checkpointConfig?: CheckpointConfig;
  /** Path of the archive that told of it. */
  readonly archive?: string;
}

/** When the run began: a failover does not change it. */
export function startOf(run: Pick<Run, 'startTimes'>): number {
  return run.startTimes[0] ?? 0;
}

/** When its last known life began: by this the generations of a job id are ordered. */
export function lastStartOf(run: Run): number {
  return Math.max(...run.startTimes);
}

/**
 * Whether this is the start time of a life before the present one. A JobManager that still shows it was deposed without
 * knowing it yet (a long pause, a network cut): what it says is old.
 */
export function isOfEarlierLife(run: Run, startTime: number): boolean {
  const life = run.startTimes.indexOf(startTime);
  return life >= 0 && life < run.startTimes.length - 1;
}

/** One of FINISHED, FAILED and CANCELED is known: nothing replaces it any more. */
export function isSettled(run: Run): boolean {
  return run.final !== undefined && run.final.status !== 'VANISHED';
}

/** What stays of a run after it left the ledger, so that nothing old is ever new. */
export interface Tombstone {
  readonly cluster: string;
  readonly jobId: string;
  readonly generation: number;
  readonly startTimes: readonly number[];
  readonly endTime: number;
  readonly status: FinalStatus;
}

/** Of a live run, which leaves when its cluster does: it vanished. */
export function tombstoneOf(run: Run): Tombstone {
  const { cluster, jobId, generation, startTimes, final } = run;
  const endTime = final?.endTime ?? run.lostAt ?? run.stateEnteredAt;
  return { cluster, jobId, generation, startTimes, endTime, status: final?.status ?? 'VANISHED' };
}

/** What happened to a run, for the audit and `explain`. */
export interface RunEvent extends RunKey {
  /** Our clock. */
  readonly at: number;
  readonly kind: 'seen' | 'ended' | 'vanished' | 'returned' | 'failover';
  readonly rule: RuleId;
  readonly detail: string;
}
