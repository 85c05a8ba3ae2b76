/**
 * `GET /jobs/:jobid` and the archive entry of that path (`JobDetailsInfo` of `runtime/rest/messages/job`). Its
 * `status-counts` count vertices, so the tasks are added up over the vertices.
 */

import type { JobDetails } from '../../core/facts.ts';
import { FLINK_STATES, type FlinkState, type TaskCounts } from '../../core/states.ts';
import {
  endTime,
  jobId,
  jobState,
  jobType,
  milliseconds,
  optional,
  optionalText,
  perExecutionState,
  taskCounts,
} from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { list, nullable, object, optional as ifAny, type Shaped, text } from './shapes.ts';

const vertexSchema = object({ tasks: taskCounts((state) => state) });

const timestampsSchema = object(Object.fromEntries(FLINK_STATES.map((state) => [state, ifAny(milliseconds)])));

const detailsSchema = object({
  jid: jobId,
  name: text,
  state: jobState,
  'start-time': milliseconds,
  'end-time': milliseconds,
  duration: milliseconds,
  now: nullable(milliseconds),
  timestamps: timestampsSchema,
  vertices: list(vertexSchema),
  'job-type': jobType,
  schedulerType: optionalText,
  'application-id': optionalText,
});

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseJobDetails(value: unknown): JobDetails {
  const job = parseDocument(detailsSchema, value, '/jobs/:jobid');
  return {
    jobId: job.jid,
    name: job.name,
    state: job.state,
    startTime: job['start-time'],
    ...optional('endTime', endTime(job['end-time'])),
    duration: job.duration,
    ...optional('now', job.now ?? undefined),
    timestamps: enteredStates(job.timestamps),
    tasks: totalTasks(job.vertices.map((vertex) => vertex.tasks)),
    ...optional('jobType', job['job-type']),
    ...optional('scheduler', job.schedulerType),
    ...optional('applicationId', job['application-id']),
  };
}

function enteredStates(raw: Shaped<typeof timestampsSchema>): JobDetails['timestamps'] {
  const entered: Partial<Record<FlinkState, number>> = {};
  for (const state of FLINK_STATES) {
    const time = raw[state] ?? 0;
    if (time > 0) entered[state] = time;
  }
  return entered;
}

function totalTasks(vertices: readonly TaskCounts[]): TaskCounts {
  return perExecutionState((state) => vertices.reduce((sum, tasks) => sum + tasks[state], 0));
}
