/** Whether somebody else started the job again after it ended: under its name, here or elsewhere, or from its state. */

import type { ListedJob } from '../facts.ts';
import { boundLabel } from '../label-value.ts';
import { type Run, startOf } from '../run.ts';
import { isoTime } from '../iso-time.ts';
import { isSubject, shownJobs } from './shown-jobs.ts';
import type { FreshLook, Situation } from './situation.ts';

/** @returns who did, for people; undefined when nothing shows it */
export function supersededBy(situation: Situation, look: FreshLook | undefined): string | undefined {
  return (
    knownSuccessor(situation) ??
    (look && (listedSuccessor(situation, look) ?? elsewhere(situation, look) ?? fork(situation, look)))
  );
}

function knownSuccessor({ sameName, ended, attemptJobIds }: Situation): string | undefined {
  const successor = sameName.find(
    (run) =>
      startOf(run) >= ended.endTime &&
      !(run.jobId === ended.jobId && run.generation === ended.generation) &&
      !attemptJobIds.has(run.jobId),
  );
  return successor && begun(successor.jobId, startOf(successor), successor.state);
}

function listedSuccessor(situation: Situation, look: FreshLook): string | undefined {
  const { ended, attemptJobIds } = situation;
  const successor = shownJobs(look).find(
    (job) =>
      isSubject(situation, job) &&
      !attemptJobIds.has(job.jobId) &&
      !isEndedRun(situation, job) &&
      beginOf(situation, job) >= ended.endTime,
  );
  return successor && begun(successor.jobId, successor.startTime, successor.state);
}

/** Whether this is the very run that ended. One that had vanished may be back under a new start time. */
function isEndedRun({ ended, run }: Situation, { jobId, startTime }: ListedJob): boolean {
  if (jobId !== ended.jobId) return false;
  return ended.status === 'VANISHED' || startTime === ended.lastStart || run?.startTimes.includes(startTime) === true;
}

/** A failover gives a run a new start time; it began when it first did. */
function beginOf({ sameName }: Situation, { jobId, startTime }: ListedJob): number {
  const known = sameName.filter((run) => run.jobId === jobId);
  const same = known.find(({ startTimes }) => startTimes.includes(startTime)) ?? known.find(mayGoOn);
  return same === undefined ? startTime : startOf(same);
}

function mayGoOn({ final }: Run): boolean {
  return final === undefined || final.status === 'VANISHED';
}

function elsewhere(
  { ended, incident, attemptJobIds, isRepairElsewhere, clockOffsetMs }: Situation,
  look: FreshLook,
): string | undefined {
  const end = ended.endTime - clockOffsetMs;
  const names = [ended.name, incident.run.name];
  const found = look.elsewhere.find(
    ({ cluster, job, clockOffsetMs: offset }) =>
      names.includes(boundLabel(job.name)) &&
      !attemptJobIds.has(job.jobId) &&
      !isRepairElsewhere(cluster, job.jobId) &&
      job.startTime - offset >= end,
  );
  return found && `${begun(found.job.jobId, found.job.startTime, found.job.state)}, on cluster ${found.cluster}`;
}

function fork(situation: Situation, { restoredFrom, jobs }: FreshLook): string | undefined {
  const found = [...restoredFrom].find(([jobId, path]) => {
    const job = jobs.find((listed) => listed.jobId === jobId);
    // Jobs of its own name are told apart by when they began.
    return (job === undefined || !isSubject(situation, job)) && isItsSnapshot(situation, path);
  });
  return found && `job ${found[0]} was started from its snapshot ${found[1]}`;
}

/** One that is known of the runs of the incident, or one below the folder that Flink names after such a run. */
function isItsSnapshot({ incident, ended, run, attemptJobIds }: Situation, path: string): boolean {
  const { lastCompleted, lastSavepoint, lastRestored } = run?.checkpoints ?? {};
  const known = [
    lastCompleted?.path,
    lastSavepoint?.path,
    lastRestored?.path,
    ...incident.attempts.map(({ request }) => request.restore?.path),
  ];
  const wanted = canonical(path);
  if (known.some((snapshot) => snapshot !== undefined && canonical(snapshot) === wanted)) return true;
  return [incident.run.jobId, ended.jobId, ...attemptJobIds].some((jobId) => wanted.includes(`/${jobId}/`));
}

/** People write `file:/x`, `file:///x`, `/x/` and `/x/_metadata` for the same snapshot. */
function canonical(path: string): string {
  return path
    .replace(/^file:/, '')
    .replaceAll(/\/+/g, '/')
    .replace(/\/(_metadata)?$/, '');
}

function begun(jobId: string, startTime: number, state: string): string {
  return `run ${jobId} began at ${isoTime(startTime)}, after this one had ended, and is ${state}`;
}
