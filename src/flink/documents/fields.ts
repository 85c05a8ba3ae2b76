/**
 * The fields that several documents share, so that each is described once. All times and durations are integer
 * milliseconds. What differs between Flink 1.18 and 2.3 is absent, null or spelt otherwise; all three are accepted.
 */

import {
  EXECUTION_STATES,
  type ExecutionState,
  FLINK_STATES,
  type JobType,
  type TaskCounts,
} from '../../core/states.ts';
import { count, integer, matching, nullable, object, oneOf, optional as ifAny, type Shape, text } from './shapes.ts';

export const JOB_ID = /^[0-9a-f]{32}$/;

/** `JobID`: 32 lower-case hexadecimal digits. Checked, because ids become parts of URLs and of file names. */
export const jobId = matching(text, (id) => JOB_ID.test(id), 'expected 32 hexadecimal digits');

export const jobState = oneOf(FLINK_STATES, 'expected a job state of Flink');

/** A time or a duration; Flink writes -1 (and 0 for states never entered) where there is none. */
export const milliseconds = integer;

/** Text that older versions leave out and newer ones set to null. */
export const optionalText = nullable(text);

/** `jobType` (overview, 2.3) and `job-type` (details, 1.20). A type we do not know must not cost us the job's state. */
export const jobType: Shape<JobType | undefined> = (value, misfits) => {
  const type = optionalText(value, misfits);
  return type === 'STREAMING' || type === 'BATCH' ? type : undefined;
};

/**
 * Tasks per execution state, whose keys are lower-case in `/jobs/overview` and UPPER-case in `/jobs/:jobid`.
 * A state that is not named has none.
 */
export function taskCounts(keyOf: (state: ExecutionState) => string): Shape<TaskCounts> {
  const keys = perExecutionState(keyOf);
  const counts = object(Object.fromEntries(EXECUTION_STATES.map((state) => [keys[state], ifAny(count)])));
  return (value, misfits) => {
    const taken = counts(value, misfits);
    return perExecutionState((state) => taken[keys[state]] ?? 0);
  };
}

/** One value for each execution state. */
export function perExecutionState<T>(valueOf: (state: ExecutionState) => T): Readonly<Record<ExecutionState, T>> {
  return {
    CREATED: valueOf('CREATED'),
    SCHEDULED: valueOf('SCHEDULED'),
    DEPLOYING: valueOf('DEPLOYING'),
    RUNNING: valueOf('RUNNING'),
    FINISHED: valueOf('FINISHED'),
    CANCELING: valueOf('CANCELING'),
    CANCELED: valueOf('CANCELED'),
    FAILED: valueOf('FAILED'),
    RECONCILING: valueOf('RECONCILING'),
    INITIALIZING: valueOf('INITIALIZING'),
  };
}

/** An end time, absent while there is none (Flink writes -1). */
export function endTime(value: number): number | undefined {
  return value > 0 ? value : undefined;
}

/** `{ [key]: value }`, or nothing when there is no value: the facts know "absent", not "undefined". */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [P in Key]?: Value };
export function optional(key: string, value: unknown): object {
  const taken: Record<string, unknown> = {};
  // A literal with a computed key takes twice as long.
  if (value !== undefined) taken[key] = value;
  return taken;
}
