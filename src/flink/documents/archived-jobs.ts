/**
 * `GET /jobs/overview` of a History Server: which jobs it has, and since when. It may list 100,000, so only the two fields
 * that are used are looked at, and by hand: a schema takes ten times as long, on the event loop.
 */

import { MedicError } from '../../core/errors.ts';
import { JOB_ID } from './fields.ts';
import { overviewSchema } from './jobs-overview.ts';
import { parseDocument } from './parse-document.ts';

/** As many as fit into an answer of 64 MiB as Flink writes it; of others, made of next to nothing, a million would. */
const MAX_JOBS = 200_000;

export interface ArchivedJobs {
  /** Last modification by job id, in the JobManager's clock, milliseconds. */
  readonly jobs: ReadonlyMap<string, number>;
  /** An error with code `schema` for the first element that does not fit, or for those that are too many. */
  readonly misfit: MedicError | undefined;
}

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema` when there is no list at all
 */
export function parseArchivedJobs(value: unknown): ArchivedJobs {
  const jobs = new Map<string, number>();
  let misfit: MedicError | undefined;
  for (const [index, element] of parseDocument(overviewSchema, value, '/jobs/overview').jobs.entries()) {
    if (jobs.size === MAX_JOBS) {
      misfit ??= new MedicError('schema', `/jobs/overview: more than ${String(MAX_JOBS)} jobs`);
      break;
    }
    if (isListed(element)) jobs.set(element.jid, element['last-modification']);
    else
      misfit ??= new MedicError('schema', `/jobs/overview: jobs[${String(index)}]: expected jid and last-modification`);
  }
  return { jobs, misfit };
}

function isListed(element: unknown): element is { readonly jid: string; readonly 'last-modification': number } {
  if (typeof element !== 'object' || element === null) return false;
  if (!('jid' in element && typeof element.jid === 'string' && JOB_ID.test(element.jid))) return false;
  return 'last-modification' in element && Number.isSafeInteger(element['last-modification']);
}
