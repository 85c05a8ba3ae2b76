/** The families of a run: one record each, in the order of `docs/metrics.md`. Their subject is a run as it is exported. */

import { total } from '../../core/epoch-counter.ts';
import type { ExportedRun } from '../../core/exposure.ts';
import { candidateOf } from '../../core/restart/restore-point.ts';
import { type Run, startOf } from '../../core/run.ts';
import { EXECUTION_STATES, RUN_STATES } from '../../core/states.ts';
import type { SubjectKind } from '../render-subjects.ts';
import type { Emit, FamilyRecord } from '../family.ts';
import { seconds } from './seconds.ts';

const RUN_LABELS = ['flink_cluster', 'job_id', 'job_name'] as const;

interface RunFamily<Part extends keyof Run> {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly own?: readonly string[];
  readonly exportedFor: string;
  /** All of the run that `write` can see. */
  readonly reads: readonly Part[];
  readonly write: (emit: Emit, run: Pick<Run, Part>, superseded: boolean) => void;
}

/** Exported for live runs and for the newest ended run of each name. */
function ofRun<Part extends keyof Run>(family: RunFamily<Part>): FamilyRecord<ExportedRun> {
  return {
    ...record(family),
    write: (emit, { run, exposure, superseded }) => {
      if (exposure === 'full') family.write(emit, run, superseded);
    },
  };
}

/** Exported for every ended run within `retention.superseded_series`, too; of the others nothing else need be in memory. */
function ofEndedRun(family: RunFamily<'final'>): FamilyRecord<ExportedRun> {
  return {
    ...record(family),
    write: (emit, { run, superseded }) => {
      if (run.final !== undefined) family.write(emit, run, superseded);
    },
  };
}

function record<Part extends keyof Run>(family: RunFamily<Part>): Omit<FamilyRecord<ExportedRun>, 'write'> {
  const { name, type, help, own = [], exportedFor, reads } = family;
  return {
    name,
    type,
    help,
    labels: [...RUN_LABELS, ...own],
    stability: 'stable',
    exportedFor,
    reads: ['exposure', 'superseded', ...reads],
  };
}

/** What the families read by name. */
function partOf({ run, exposure, superseded }: ExportedRun, part: string): unknown {
  if (part === 'exposure') return exposure;
  if (part === 'superseded') return superseded;
  if (exposure === 'ended' && part !== 'final') return undefined;
  return run[part as keyof Run];
}

/** What can be seen now: absent for a run that has ended or is lost from sight. */
function inSight(run: Pick<Run, 'final' | 'state'>): boolean {
  return run.final === undefined && run.state !== 'UNKNOWN';
}

const ALL = 'live runs and the newest ended run of each name';
const LIVE = 'live runs';
const ENDED = 'ended runs';

export const RUN_FAMILIES: readonly FamilyRecord<ExportedRun>[] = [
  ofRun({
    name: 'flink_job_info',
    type: 'gauge',
    help: 'What a run is (/jobs/:jobid, archive); always 1. job_type is STREAMING, BATCH or empty.',
    own: ['job_type', 'scheduler', 'application_id'],
    exportedFor: ALL,
    reads: ['jobType', 'scheduler', 'applicationId'],
    write: (emit, run) => emit(1, run.jobType, run.scheduler, run.applicationId),
  }),
  ofRun({
    name: 'flink_job_status',
    type: 'gauge',
    help: 'State of a run: 1 for the present one and 0 for each other while it lives, only the final status once it has ended.',
    own: ['state'],
    exportedFor: ALL,
    reads: ['final', 'state'],
    write: (emit, run) => {
      if (run.final !== undefined) emit(1, run.final.status);
      else for (const state of RUN_STATES) emit(Number(run.state === state), state);
    },
  }),
  ofRun({
    name: 'flink_job_status_reason',
    type: 'gauge',
    help: 'Why the state of a run is UNKNOWN: jobmanager_unreachable, jobmaster_unreachable or not_listed; always 1.',
    own: ['reason'],
    exportedFor: 'live runs in UNKNOWN',
    reads: ['final', 'reason'],
    write: (emit, run) => {
      if (run.final === undefined && run.reason !== undefined) emit(1, run.reason);
    },
  }),
  ofEndedRun({
    name: 'flink_job_final_status',
    type: 'gauge',
    help: 'How a run ended and who said so; always 1. Never changes, except from VANISHED.',
    own: ['status', 'source'],
    exportedFor: ENDED,
    reads: ['final'],
    write: (emit, run) => emit(1, run.final?.status ?? '', run.final?.source ?? ''),
  }),
  ofEndedRun({
    name: 'flink_job_superseded',
    type: 'gauge',
    help: 'Whether a run of the same name that started at or after the end of this one has reached RUNNING or has itself ended.',
    exportedFor: ENDED,
    reads: ['final'],
    write: (emit, _run, superseded) => emit(Number(superseded)),
  }),
  ofRun({
    name: 'flink_job_start_timestamp_seconds',
    type: 'gauge',
    help: "When a run first started, in its JobManager's clock (start-time); a failover does not change it.",
    exportedFor: ALL,
    reads: ['startTimes'],
    write: (emit, run) => emit(seconds(startOf(run))),
  }),
  ofEndedRun({
    name: 'flink_job_end_timestamp_seconds',
    type: 'gauge',
    help: "When a run ended, in its JobManager's clock (end-time); for VANISHED when it was last seen alive.",
    exportedFor: ENDED,
    reads: ['final'],
    write: (emit, run) => emit(seconds(run.final?.endTime)),
  }),
  ofRun({
    name: 'flink_job_state_entered_timestamp_seconds',
    type: 'gauge',
    help: "When a run entered its present state, in its JobManager's clock.",
    exportedFor: LIVE,
    reads: ['final', 'stateEnteredAt'],
    write: (emit, run) => {
      if (run.final === undefined) emit(seconds(run.stateEnteredAt));
    },
  }),
  ofRun({
    name: 'flink_job_restarts_total',
    type: 'counter',
    help: 'Restarts by Flink (numRestarts less numRescales), carried over JobManager failovers; for an ended run at least what its archive proves.',
    exportedFor: `${ALL}, once read`,
    reads: ['restarts'],
    write: (emit, run) => emit(run.restarts === undefined ? undefined : total(run.restarts)),
  }),
  ofRun({
    name: 'flink_job_failovers_total',
    type: 'counter',
    help: 'How often another JobManager process took the run over.',
    exportedFor: ALL,
    reads: ['failovers'],
    write: (emit, run) => emit(run.failovers),
  }),
  ofRun({
    name: 'flink_job_tasks',
    type: 'gauge',
    help: 'Tasks of a run per execution state (/jobs/overview).',
    own: ['state'],
    exportedFor: 'live runs in sight',
    reads: ['final', 'state', 'tasks'],
    write: (emit, run) => {
      if (!inSight(run)) return;
      for (const state of EXECUTION_STATES) emit(run.tasks?.[state], state);
    },
  }),
  ofRun({
    name: 'flink_job_last_failure_info',
    type: 'gauge',
    help: 'The last failure of a run (/jobs/:jobid/exceptions, archive): class of its root cause, vertex, failure labels; always 1.',
    own: ['exception', 'task', 'failure_label'],
    exportedFor: `${ALL}, after a failure`,
    reads: ['lastFailure'],
    write: (emit, { lastFailure }) => {
      if (lastFailure !== undefined) emit(1, lastFailure.exception, lastFailure.task, lastFailure.labels);
    },
  }),
  ofRun({
    name: 'flink_job_last_failure_timestamp_seconds',
    type: 'gauge',
    help: "When a run last failed, in its JobManager's clock.",
    exportedFor: `${ALL}, after a failure`,
    reads: ['lastFailure'],
    write: (emit, run) => emit(seconds(run.lastFailure?.timestamp)),
  }),
  ofRun({
    name: 'flink_job_checkpoints_completed_total',
    type: 'counter',
    help: 'Completed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.',
    exportedFor: `${ALL}, with checkpoints on`,
    reads: ['checkpoints'],
    write: (emit, { checkpoints }) => emit(checkpoints === undefined ? undefined : total(checkpoints.completed)),
  }),
  ofRun({
    name: 'flink_job_checkpoints_failed_total',
    type: 'counter',
    help: 'Failed checkpoints (/jobs/:jobid/checkpoints), carried over JobManager failovers.',
    exportedFor: `${ALL}, with checkpoints on`,
    reads: ['checkpoints'],
    write: (emit, { checkpoints }) => emit(checkpoints === undefined ? undefined : total(checkpoints.failed)),
  }),
  ofRun({
    name: 'flink_job_checkpoint_interval_seconds',
    type: 'gauge',
    help: 'Interval of the periodic checkpoints (/jobs/:jobid/checkpoints/config).',
    exportedFor: 'live runs in sight with periodic checkpoints',
    reads: ['final', 'state', 'checkpointConfig'],
    write: (emit, run) => emit(inSight(run) ? seconds(run.checkpointConfig?.intervalMs) : undefined),
  }),
  ofRun({
    name: 'flink_job_checkpoint_timeout_seconds',
    type: 'gauge',
    help: 'Time after which a checkpoint fails (/jobs/:jobid/checkpoints/config).',
    exportedFor: 'live runs in sight with checkpoints on',
    reads: ['final', 'state', 'checkpointConfig'],
    write: (emit, run) => emit(inSight(run) ? seconds(run.checkpointConfig?.timeoutMs) : undefined),
  }),
  ofRun({
    name: 'flink_job_checkpoint_last_timestamp_seconds',
    type: 'gauge',
    help: "When the last completed checkpoint was completed, in the JobManager's clock.",
    exportedFor: `${ALL}, after a checkpoint`,
    reads: ['checkpoints'],
    write: (emit, run) => emit(seconds(run.checkpoints?.lastCompleted?.completedAt)),
  }),
  ofRun({
    name: 'flink_job_checkpoint_last_duration_seconds',
    type: 'gauge',
    help: 'Duration of the last completed checkpoint, end to end.',
    exportedFor: `${ALL}, after a checkpoint`,
    reads: ['checkpoints'],
    write: (emit, run) => emit(seconds(run.checkpoints?.lastCompleted?.durationMs)),
  }),
  ofRun({
    name: 'flink_job_checkpoint_last_size_bytes',
    type: 'gauge',
    help: 'Size of the last completed checkpoint (state_size).',
    exportedFor: `${ALL}, after a checkpoint`,
    reads: ['checkpoints'],
    write: (emit, run) => emit(run.checkpoints?.lastCompleted?.sizeBytes),
  }),
  ofRun({
    name: 'flink_job_restore_point_timestamp_seconds',
    type: 'gauge',
    help: "When the newest snapshot that a restart could use was completed, or else restored, in the JobManager's clock.",
    exportedFor: `${ALL}, with a restore point`,
    reads: ['checkpoints', 'checkpointConfig', 'final'],
    write: (emit, run) => emit(seconds(candidateOf(run)?.completedAt)),
  }),
  ofRun({
    name: 'flink_job_restore_point_info',
    type: 'gauge',
    help: 'Kind of the newest snapshot that a restart could use, checkpoint or savepoint; always 1. One that Flink deletes as the job fails is none.',
    own: ['kind'],
    exportedFor: `${ALL}, with a restore point`,
    reads: ['checkpoints', 'checkpointConfig', 'final'],
    write: (emit, run) => {
      const candidate = candidateOf(run);
      if (candidate !== undefined) emit(1, candidate.kind);
    },
  }),
];

export const RUNS: SubjectKind<ExportedRun> = {
  labels: RUN_LABELS,
  labelValues: ({ run }) => [run.cluster, run.jobId, run.name],
  families: RUN_FAMILIES,
  partOf,
};
