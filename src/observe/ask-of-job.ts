/** What the observer asks of single jobs to tell runs apart. Failures are answers here: they decide, too. */

import type { ByIdAnswer } from '../core/cluster-history.ts';
import { MedicError } from '../core/errors.ts';
import type { CheckpointEvidence } from '../core/identity.ts';
import { findJob } from '../flink/find-job.ts';
import type { JobManagerSet } from './job-manager-set.ts';

export async function answerById(
  jobManagers: Pick<JobManagerSet, 'ask'>,
  jobId: string,
  signal: AbortSignal,
): Promise<ByIdAnswer> {
  try {
    return await jobManagers.ask((api) => findJob(api, jobId, signal), signal);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return 'unanswered';
  }
}

export async function checkpointEvidence(
  jobManagers: Pick<JobManagerSet, 'ask'>,
  jobId: string,
  signal: AbortSignal,
): Promise<CheckpointEvidence> {
  try {
    return (await jobManagers.ask((api) => api.checkpoints(jobId, signal), signal)) ?? 'off';
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return error.status === 404 ? 'gone' : 'unavailable';
  }
}
