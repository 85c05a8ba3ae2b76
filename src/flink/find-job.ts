/** Asks a JobManager for one job by id, and gives the answer in the form of the list: for the observer and the restart bridge. */

import { MedicError } from '../core/errors.ts';
import type { JobDetails, ListedJob } from '../core/facts.ts';
import type { JobManagerClient } from './job-manager-client.ts';

/**
 * 404 is an answer here, and no failure of the request.
 *
 * @throws what `JobManagerClient.job` throws for anything else
 */
export async function findJob(
  api: Pick<JobManagerClient, 'job'>,
  jobId: string,
  signal: AbortSignal,
): Promise<ListedJob | 'not_found'> {
  try {
    return asListed(await api.job(jobId, signal));
  } catch (error) {
    if (error instanceof MedicError && error.status === 404) return 'not_found';
    throw error;
  }
}

function asListed(details: JobDetails): ListedJob {
  return {
    jobId: details.jobId,
    name: details.name,
    state: details.state,
    startTime: details.startTime,
    duration: details.duration,
    lastModification: Math.max(details.startTime, ...Object.values(details.timestamps)),
    tasks: details.tasks,
    ...(details.endTime === undefined ? {} : { endTime: details.endTime }),
    ...(details.jobType === undefined ? {} : { jobType: details.jobType }),
    ...(details.scheduler === undefined ? {} : { scheduler: details.scheduler }),
  };
}
