/**
 * The JSON of the API: names are those of the metric labels, times are RFC 3339 in UTC, what is not known is left out.
 * The commands of the CLI read the same shapes.
 */

import type { ClusterStatus } from '../core/cluster-status.ts';
import { total } from '../core/epoch-counter.ts';
import type { RestoredSnapshot, Snapshot } from '../core/facts.ts';
import { type Candidate, candidateOf, restorePointOf } from '../core/restart/restore-point.ts';
import { RULES } from '../core/rules.ts';
import { type Run, type RunEvent, startOf } from '../core/run.ts';
import type { ExportedArchive } from '../metrics/families/archive-families.ts';
import { isoTime } from '../core/iso-time.ts';
import { known, time } from './fields.ts';
import type { KnownCluster, KnownRun } from './knowledge.ts';

export interface ArchiveResource {
  readonly archive: string;
  readonly up: boolean;
  readonly files: ExportedArchive['files'];
  readonly last_scan: string;
}

export interface ClusterResource {
  readonly flink_cluster: string;
  /** Left out before the first observation, and without JobManagers. */
  readonly up?: boolean;
  readonly problem?: string;
  readonly jobmanagers: readonly string[];
  readonly version?: string;
  readonly mode?: string;
  readonly last_observation?: string;
  readonly clock_offset_seconds?: number;
  readonly taskmanagers?: number;
  readonly slots?: number;
  readonly slots_available?: number;
  readonly live_runs: number;
  readonly archives: readonly ArchiveResource[];
}

export interface FailureResource {
  readonly exception: string;
  readonly message: string;
  readonly task: string;
  readonly time: string;
}

export interface SnapshotResource {
  readonly id: number;
  readonly completed: string;
  readonly path?: string;
}

export interface RunResource {
  readonly flink_cluster: string;
  readonly job_id: string;
  readonly job_name: string;
  readonly generation: number;
  /** Of an ended run its final status. */
  readonly state: string;
  readonly reason?: string;
  readonly source?: string;
  readonly job_type?: string;
  readonly start: string;
  readonly state_entered: string;
  readonly end?: string;
  readonly superseded?: boolean;
  readonly restarts?: number;
  readonly failovers: number;
  readonly checkpoints_completed?: number;
  readonly checkpoints_failed?: number;
  readonly last_checkpoint?: SnapshotResource;
  readonly last_savepoint?: SnapshotResource;
  readonly last_restored?: { readonly id: number; readonly restored: string; readonly path?: string };
  /** The newest snapshot that a restart could use. */
  readonly restore_point?: SnapshotResource & { readonly kind: string; readonly path: string };
  readonly last_failure?: FailureResource;
  readonly archive?: string;
}

export interface ExplainedRunResource extends RunResource {
  /** The row of docs/truth.md. */
  readonly rule: string;
  readonly because: string;
  readonly since: string;
  /** Where it was last looked for. */
  readonly last_observation?: string;
  readonly age_seconds?: number;
  readonly last_seen_alive?: string;
  /** Which snapshot it is, or why there is none. */
  readonly restore_point_detail: string;
  readonly history: readonly { readonly time: string; readonly event: string; readonly detail: string }[];
}

export function clusterResource({ status, jobManagers, archives, liveRuns }: KnownCluster): ClusterResource {
  return {
    flink_cluster: status.cluster,
    ...known('up', status.up),
    ...known('problem', status.problem),
    jobmanagers: jobManagers,
    ...known('version', status.version || undefined),
    ...known('mode', status.mode || undefined),
    ...known('last_observation', time(status.lastObservedAt)),
    ...known('clock_offset_seconds', status.clockOffsetMs === undefined ? undefined : status.clockOffsetMs / 1000),
    ...known('taskmanagers', status.overview?.taskmanagers),
    ...known('slots', status.overview?.slots),
    ...known('slots_available', status.overview?.slotsAvailable),
    live_runs: liveRuns,
    archives: archives.map(({ archive, up, files, lastScanAt }) => ({
      archive,
      up,
      files,
      last_scan: isoTime(lastScanAt),
    })),
  };
}

export function runResource({ run, superseded }: KnownRun): RunResource {
  const { checkpoints, lastFailure, final } = run;
  const { lastCompleted, lastSavepoint, lastRestored } = checkpoints ?? {};
  const restorePoint = candidateOf(run);
  return {
    flink_cluster: run.cluster,
    job_id: run.jobId,
    job_name: run.name,
    generation: run.generation,
    state: run.state,
    ...known('reason', run.reason),
    ...known('source', final?.source),
    ...known('job_type', run.jobType || undefined),
    start: isoTime(startOf(run)),
    state_entered: isoTime(run.stateEnteredAt),
    ...known('end', time(final?.endTime)),
    ...known('superseded', final === undefined ? undefined : superseded),
    ...known('restarts', run.restarts === undefined ? undefined : total(run.restarts)),
    failovers: run.failovers,
    ...known('checkpoints_completed', checkpoints === undefined ? undefined : total(checkpoints.completed)),
    ...known('checkpoints_failed', checkpoints === undefined ? undefined : total(checkpoints.failed)),
    ...known('last_checkpoint', lastCompleted && snapshotResource(lastCompleted)),
    ...known('last_savepoint', lastSavepoint && snapshotResource(lastSavepoint)),
    ...known('last_restored', lastRestored && restoredResource(lastRestored)),
    ...known('restore_point', restorePoint && restorePointResource(restorePoint)),
    ...known('last_failure', lastFailure === undefined ? undefined : failureResource(lastFailure)),
    ...known('archive', run.archive),
  };
}

/** @param status of the run's cluster, undefined when it is not configured any more */
export function explainedRunResource(
  knownRun: KnownRun,
  status: ClusterStatus | undefined,
  events: readonly RunEvent[],
  now: number,
): ExplainedRunResource {
  const { run } = knownRun;
  const observedAt = status?.lastObservedAt;
  return {
    ...runResource(knownRun),
    rule: run.rule,
    because: RULES[run.rule],
    since: isoTime(run.decidedAt),
    ...known('last_observation', time(observedAt)),
    ...known('age_seconds', observedAt === undefined ? undefined : Math.round((now - observedAt) / 100) / 10),
    ...known('last_seen_alive', time(run.lostAt)),
    restore_point_detail: restorePointOf([run]).detail,
    history: events.map(({ at, kind, detail }) => ({ time: isoTime(at), event: kind, detail })),
  };
}

function snapshotResource({ id, completedAt, path }: Snapshot): SnapshotResource {
  return { id, completed: isoTime(completedAt), ...known('path', path) };
}

function restoredResource({ id, restoredAt, path }: RestoredSnapshot): NonNullable<RunResource['last_restored']> {
  return { id, restored: isoTime(restoredAt), ...known('path', path) };
}

function restorePointResource({ id, kind, completedAt, path }: Candidate): NonNullable<RunResource['restore_point']> {
  return { id, kind, completed: isoTime(completedAt), path };
}

function failureResource({ exception, message, task, timestamp }: NonNullable<Run['lastFailure']>): FailureResource {
  return { exception, message, task, time: isoTime(timestamp) };
}
