/**
 * `GET /jobs/overview` and the archive entry of that path (`MultipleJobsDetails`, `JobDetails` of
 * `runtime/messages/webmonitor`). Each element is checked by itself: one bad job does not hide the others.
 */

import { MedicError } from '../../core/errors.ts';
import type { ListedJob } from '../../core/facts.ts';
import { endTime, jobId, jobState, jobType, milliseconds, optional, optionalText, taskCounts } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { array, list, object, text } from './shapes.ts';

const DOCUMENT = '/jobs/overview';

/** With more of them it is no list of jobs. */
const MAX_MISFITS = 10_000;

/** Of a JobManager and of a History Server. */
export const overviewSchema = object({ jobs: array });

const listedJobSchema = object({
  jid: jobId,
  name: text,
  state: jobState,
  'start-time': milliseconds,
  'end-time': milliseconds,
  duration: milliseconds,
  'last-modification': milliseconds,
  tasks: taskCounts((state) => state.toLowerCase()),
  jobType,
  schedulerType: optionalText,
});

const idsSchema = object({ jobs: list(object({ jid: jobId })) });

export interface JobsOverview {
  readonly jobs: readonly ListedJob[];
  /** One error with code `schema` for each element that does not fit. */
  readonly misfits: readonly MedicError[];
}

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema` when there is no list at all, or hardly anything in it fits
 */
export function parseJobsOverview(value: unknown): JobsOverview {
  const elements = parseDocument(overviewSchema, value, DOCUMENT).jobs;
  const jobs: ListedJob[] = [];
  const misfits: MedicError[] = [];
  for (const [index, element] of elements.entries()) {
    try {
      jobs.push(parseListedJob(element, index));
    } catch (error) {
      if (!(error instanceof MedicError)) {
        throw error;
      }
      if (misfits.length === MAX_MISFITS) throw error;
      misfits.push(error);
    }
  }
  return { jobs, misfits };
}

/**
 * Whom the list is about, and nothing else of it: an archived one repeats what the details of its job say.
 *
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseListedIds(value: unknown): readonly string[] {
  return parseDocument(idsSchema, value, DOCUMENT).jobs.map(({ jid }) => jid);
}

function parseListedJob(value: unknown, index: number): ListedJob {
  const job = parseDocument(listedJobSchema, value, DOCUMENT, ['jobs', index]);
  return {
    jobId: job.jid,
    name: job.name,
    state: job.state,
    startTime: job['start-time'],
    ...optional('endTime', endTime(job['end-time'])),
    duration: job.duration,
    lastModification: job['last-modification'],
    tasks: job.tasks,
    ...optional('jobType', job.jobType),
    ...optional('scheduler', job.schedulerType),
  };
}
