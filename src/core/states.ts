/**
 * The closed lists of states. Flink's own are those of `JobStatus` and `ExecutionState`
 * (flink-core `api/common/JobStatus.java`, flink-runtime `execution/ExecutionState.java`), the same from 1.17 to 2.4.
 */

export const FLINK_STATES = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const;
export type FlinkState = (typeof FLINK_STATES)[number];

/** How a run can have ended, in the words of Flink. SUSPENDED is none of them: another JobManager may resume it. */
export const ENDED_STATUSES = ['FINISHED', 'FAILED', 'CANCELED'] as const;
export type EndedStatus = (typeof ENDED_STATUSES)[number];

/** VANISHED is ours: gone, and nothing says how it ended. */
export const FINAL_STATUSES = [...ENDED_STATUSES, 'VANISHED'] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];

/** UNKNOWN is ours and never final: the run cannot be seen now. */
export const RUN_STATES = [...FLINK_STATES, 'UNKNOWN', 'VANISHED'] as const;
export type RunState = (typeof RUN_STATES)[number];

export const UNKNOWN_REASONS = ['jobmanager_unreachable', 'jobmaster_unreachable', 'not_listed'] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/** Where archives are found: in a folder, or at a History Server that has read them. */
export const ARCHIVE_SOURCES = ['archive', 'history_server'] as const;
export type ArchivedBy = (typeof ARCHIVE_SOURCES)[number];

/** Who said how a run ended; `none` is the source of VANISHED. */
export const FINAL_SOURCES = ['live', ...ARCHIVE_SOURCES, 'none'] as const;
export type FinalSource = (typeof FINAL_SOURCES)[number];

export const EXECUTION_STATES = [
  'CREATED',
  'SCHEDULED',
  'DEPLOYING',
  'RUNNING',
  'FINISHED',
  'CANCELING',
  'CANCELED',
  'FAILED',
  'RECONCILING',
  'INITIALIZING',
] as const;
export type ExecutionState = (typeof EXECUTION_STATES)[number];

/** Tasks of a run per execution state. */
export type TaskCounts = Readonly<Record<ExecutionState, number>>;

export type JobType = 'STREAMING' | 'BATCH' | '';

export function isEnded(state: string): state is EndedStatus {
  return (ENDED_STATUSES as readonly string[]).includes(state);
}
