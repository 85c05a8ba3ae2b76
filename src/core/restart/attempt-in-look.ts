/** What a fresh look says of an attempt that was, or is to be, sent. Pure; the attempt driver asks. */

import type { Attempt } from './incident.ts';
import type { FreshLook } from './situation.ts';

/** A job has its id. */
export function isShown(look: FreshLook, { request: { jobId } }: Attempt): boolean {
  const answer = look.byId.get(jobId);
  return typeof answer === 'object' || look.jobs.some((job) => job.jobId === jobId);
}

/** Every JobManager that has to answer did, and none knows its id. */
export function isNowhere(look: FreshLook, { request: { jobId } }: Attempt): boolean {
  return look.problem === undefined && look.byId.get(jobId) === 'not_found';
}

/** Whether another process is now at the address that it was sent to. One that does not answer may live. */
export function isOtherProcess({ processes }: FreshLook, { process, address = '' }: Attempt): boolean {
  const now = processes.get(address) ?? '';
  return now !== '' && now !== process;
}

/** Whether a request that was sent before may still start the job. It cannot when its process is gone. */
export function mayArrive(look: FreshLook, attempt: Attempt): boolean {
  return attempt.sentAt.length > 0 && !isOtherProcess(look, attempt);
}
