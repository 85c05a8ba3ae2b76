/**
 * The fields that several documents share, so that each is described once. All times and durations are integer
 * milliseconds. What differs between Flink 1.18 and 2.3 is absent, null or spelt otherwise; all three are accepted.
 */

import { z } from 'zod';
import {
  EXECUTION_STATES,
  type ExecutionState,
  FLINK_STATES,
  type JobType,
  type TaskCounts,
} from '../../core/states.ts';

export const JOB_ID = /^[0-9a-f]{32}$/;

/** `JobID`: 32 lower-case hexadecimal digits. Checked, because ids become parts of URLs and of file names. */
export const jobId = z.string().regex(JOB_ID, 'expected 32 hexadecimal digits');

export const jobState = z.enum(FLINK_STATES, 'expected a job state of Flink');

/** A time or a duration; Flink writes -1 (and 0 for states never entered) where there is none. */
export const milliseconds = z.int();

export const count = z.int().nonnegative();

/** A Java long that may be `Long.MAX_VALUE`, which JSON numbers of JavaScript cannot hold exactly. */
export const long = z.number().refine(Number.isInteger, 'expected an integer');

/** Text that older versions leave out and newer ones set to null. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

/** No document of Flink has a list as long as this. */
const MAX_ELEMENTS = 100_000;

/**
 * A list whose first misfit ends the check: zod describes every one, and a hostile document has millions of them, which
 * take gigabytes.
 */
export function list<T>(element: z.ZodType<T>): z.ZodType<T[]> {
  return z.unknown().transform((value, { issues }) => {
    if (!Array.isArray(value)) {
      issues.push({ code: 'invalid_type', expected: 'array', input: value });
      return z.NEVER;
    }
    if (value.length > MAX_ELEMENTS) {
      issues.push({ code: 'custom', message: `expected at most ${MAX_ELEMENTS} elements`, input: value });
      return z.NEVER;
    }
    const elements: T[] = [];
    for (const [index, input] of value.entries()) {
      const { data, error } = element.safeParse(input);
      if (error !== undefined) {
        for (const { message, path } of error.issues) {
          issues.push({ code: 'custom', message, path: [index, ...path], input });
        }
        return z.NEVER;
      }
      elements.push(data);
    }
    return elements;
  });
}

/** `jobType` (overview, 2.3) and `job-type` (details, 1.20). A type we do not know must not cost us the job's state. */
export const jobType = z
  .string()
  .nullish()
  .transform((text): JobType | undefined => (text === 'STREAMING' || text === 'BATCH' ? text : undefined));

/**
 * Tasks per execution state, whose keys are lower-case in `/jobs/overview` and UPPER-case in `/jobs/:jobid`.
 * A state that is not named has none.
 */
export function taskCounts(keyOf: (state: ExecutionState) => string): z.ZodType<TaskCounts> {
  return z
    .object(Object.fromEntries(EXECUTION_STATES.map((state) => [keyOf(state), count.optional()])))
    .transform((counts) => perExecutionState((state) => counts[keyOf(state)] ?? 0));
}

/** One number for each execution state. */
export function perExecutionState(countOf: (state: ExecutionState) => number): TaskCounts {
  return {
    CREATED: countOf('CREATED'),
    SCHEDULED: countOf('SCHEDULED'),
    DEPLOYING: countOf('DEPLOYING'),
    RUNNING: countOf('RUNNING'),
    FINISHED: countOf('FINISHED'),
    CANCELING: countOf('CANCELING'),
    CANCELED: countOf('CANCELED'),
    FAILED: countOf('FAILED'),
    RECONCILING: countOf('RECONCILING'),
    INITIALIZING: countOf('INITIALIZING'),
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
  return value === undefined ? {} : { [key]: value };
}
