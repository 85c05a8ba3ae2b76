/**
 * What a source says about a job, in one form for all sources: a JobManager's REST answers and the documents of an
 * archive have the same classes in Flink and so the same parsers here (`src/flink/documents/`).
 *
 * All times are integer milliseconds since the epoch in the clock of the JobManager that wrote them.
 */

import type { EndedStatus, FlinkState, JobType, TaskCounts } from './states.ts';

/** One element of `GET /jobs/overview`. */
export interface ListedJob {
  readonly jobId: string;
  readonly name: string;
  readonly state: FlinkState;
  readonly startTime: number;
  /** Absent while the job has not ended (Flink writes -1). */
  readonly endTime?: number;
  readonly duration: number;
  readonly lastModification: number;
  readonly tasks: TaskCounts;
  readonly jobType?: JobType;
  readonly scheduler?: string;
}

/** `GET /jobs/:jobid`. */
export interface JobDetails {
  readonly jobId: string;
  readonly name: string;
  readonly state: FlinkState;
  readonly startTime: number;
  readonly endTime?: number;
  readonly duration: number;
  /** The JobManager's clock when it answered; absent in very old documents. */
  readonly now?: number;
  /** When each state was last entered; a state that was never entered is absent (Flink writes 0). */
  readonly timestamps: Readonly<Partial<Record<FlinkState, number>>>;
  readonly tasks: TaskCounts;
  readonly jobType?: JobType;
  readonly scheduler?: string;
  readonly applicationId?: string;
}

/** A completed checkpoint or savepoint, or the one that was restored. */
export interface Snapshot {
  readonly id: number;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly triggeredAt: number;
  /** Acknowledged by the last task; for a restored one when it was restored. */
  readonly completedAt: number;
  readonly durationMs: number;
  readonly sizeBytes: number;
  /** Absent where Flink gives no address (`<checkpoint-not-externally-addressable>`). */
  readonly path?: string;
  readonly discarded: boolean;
}

/** What `latest.restored` says. */
export interface RestoredSnapshot {
  readonly id: number;
  readonly restoredAt: number;
  readonly path?: string;
  /**
   * Whether Flink keeps or deletes it like a checkpoint of this run: the run wrote it, or claimed it. This is what
   * `is_savepoint: false` means; the field is true for a checkpoint that was restored without a claim
   * (`CheckpointCoordinator#restoreSavepoint`; measured on 1.20 and 2.3). Absent in old ledgers.
   */
  readonly owned: boolean;
}

/** `GET /jobs/:jobid/checkpoints`. */
export interface CheckpointStatistics {
  readonly restored: number;
  readonly completed: number;
  readonly failed: number;
  readonly latestCompleted?: Snapshot;
  readonly latestSavepoint?: Snapshot;
  readonly latestRestored?: RestoredSnapshot;
}

/** `GET /jobs/:jobid/checkpoints/config`. */
export interface CheckpointConfig {
  /** Absent when periodic checkpoints are off (Flink writes 2^63-1). */
  readonly intervalMs?: number;
  readonly timeoutMs: number;
  /** Whether a checkpoint outlives a failed job. */
  readonly retained: boolean;
  readonly deletedOnCancellation: boolean;
}

/** One entry of `exceptionHistory`, with the text that is needed to find its root cause. */
export interface ExceptionEntry {
  readonly exceptionName: string;
  readonly stacktrace: string;
  readonly timestamp: number;
  /** Absent for failures that no single task caused. */
  readonly taskName?: string;
  readonly failureLabels: Readonly<Record<string, string>>;
  readonly concurrent: readonly ExceptionEntry[];
}

/** `GET /jobs/:jobid/exceptions`, newest first. */
export interface ExceptionHistory {
  readonly entries: readonly ExceptionEntry[];
  readonly truncated: boolean;
}

/** `GET /overview`. */
export interface ClusterOverview {
  readonly taskmanagers: number;
  readonly slots: number;
  readonly slotsAvailable: number;
  readonly version: string;
  readonly commit: string;
}

/** What flink-medic keeps of one failure: enough to name it, never a whole stack trace. */
export interface Failure {
  /** Class name of the root cause. */
  readonly exception: string;
  /** First line of the root cause's message, at most 500 characters; for people, never a label. */
  readonly message: string;
  /** Vertex name without subtask and attempt; empty when no single task failed. */
  readonly task: string;
  /** Sorted `key=value`, joined by commas. */
  readonly labels: string;
  readonly timestamp: number;
}

/** What an archive says about the run that it was written for. */
export interface ArchiveOutcome {
  readonly jobId: string;
  readonly name: string;
  readonly status: EndedStatus;
  readonly startTime: number;
  readonly endTime: number;
  /** Whether the job was ever RUNNING. */
  readonly reachedRunning: boolean;
  readonly jobType?: JobType;
  readonly scheduler?: string;
  readonly applicationId?: string;
  readonly tasks: TaskCounts;
  readonly checkpoints?: CheckpointStatistics;
  readonly checkpointConfig?: CheckpointConfig;
  /** Entries in the exception history (Flink keeps 16). */
  readonly failures: number;
  readonly lastFailure?: Failure;
}
