/** Stage `fresh_look` of `decide`, on what the JobManagers say now and on what is known of the runs. */

import type { ListedJob } from '../../facts.ts';
import { overlappingRun } from '../overlapping-run.ts';
import { liveJobs, looksDiffer, shownJobs } from '../shown-jobs.ts';
import { isoTime } from '../../iso-time.ts';
import type { FreshLook, Objection, Situation } from '../situation.ts';
import { supersededBy } from '../superseded-by.ts';
import { underHighAvailability } from './subject.ts';

/** A savepoint so shortly before the end belongs to it: `stop` takes one and finishes the job. */
const STOP_MS = 60_000;

/** Whether the job is surely gone, nobody else brought it back, and it ended in a way that the policy wants answered. */
export function freshLookStage(situation: Situation, looks: readonly FreshLook[]): Objection | undefined {
  return stillGone(situation, looks) ?? wayOfEnding(situation, looks.at(-1));
}

/** The part that needs nobody to be asked: what the observations say now. */
export function knownRunsStage(situation: Situation): Objection | undefined {
  return aliveOrReplaced(situation, undefined) ?? wayOfEnding(situation, undefined);
}

/** Only whether the job is gone and nobody else brought it back, for what was decided already. */
export function stillGone(situation: Situation, looks: readonly FreshLook[]): Objection | undefined {
  const look = looks.at(-1);
  if (look === undefined) return cannotVerify('nobody was asked whether the job runs');
  return unreliable(situation, looks) ?? aliveOrReplaced(situation, look);
}

function unreliable(situation: Situation, looks: readonly FreshLook[]): Objection | undefined {
  for (const { problem, byId } of looks) {
    if (problem !== undefined) return cannotVerify(problem);
    const silent = [...byId].find(([, answer]) => answer === 'unanswered');
    if (silent !== undefined) return cannotVerify(`the JobManager does not say whether job ${silent[0]} runs`);
  }
  const difference = looksDiffer(situation, looks);
  return difference === undefined ? undefined : cannotVerify(difference);
}

function aliveOrReplaced(situation: Situation, look: FreshLook | undefined): Objection | undefined {
  const shown = shownJobs(look);
  const live = liveJobs(situation, shown);
  const [first] = live;
  if (live.length > 1) {
    return { reason: 'duplicate_running', detail: `alive are ${live.map(({ jobId }) => jobId).join(', ')}` };
  }
  const successor = supersededBy(situation, look);
  if (successor !== undefined) return { reason: 'superseded', detail: successor };
  if (first !== undefined) {
    const detail = `run ${first.jobId}, begun at ${isoTime(first.startTime)}, is ${first.state}`;
    return { reason: 'already_running', detail };
  }
  return unsettled(situation, shown);
}

/** While the end of a run is not recorded, nobody may say that it is gone, and how it ended will matter, too. */
function unsettled({ sameName, run, ended }: Situation, shown: readonly ListedJob[]): Objection | undefined {
  const known = run === undefined ? sameName : [...sameName, run];
  const open = known.find(({ final }) => final === undefined);
  if (open !== undefined) return cannotVerify(`how run ${open.jobId} ended is not known: it is ${open.state}`);
  const news = ended.status === 'VANISHED' ? shown.find(({ jobId }) => jobId === ended.jobId) : undefined;
  if (news === undefined) return undefined;
  return cannotVerify(`run ${ended.jobId} had vanished and is shown as ${news.state}, which is not recorded yet`);
}

function wayOfEnding(situation: Situation, look: FreshLook | undefined): Objection | undefined {
  const { policy, ended, sameName, run } = situation;
  const { status, jobId, endTime } = ended;
  const isWanted = policy?.on.includes(status) === true;
  const end = `run ${jobId} ended ${status} at ${isoTime(endTime)}`;
  const savepoint = savepointAtEnd(situation, look);
  if (savepoint !== undefined) {
    return { reason: 'stopped_on_purpose', detail: `${end}, with a savepoint at ${isoTime(savepoint)}` };
  }
  if (status === 'FINISHED' && !isWanted) return { reason: 'finished', detail: end };
  if (status === 'CANCELED' && !isWanted) return { reason: 'canceled', detail: end };
  if (status === 'VANISHED' && !isWanted) {
    return { reason: 'not_failed', detail: `run ${jobId} was last seen at ${isoTime(endTime)}` };
  }
  if (mayHideSavepoint(situation, look)) {
    return cannotVerify(`${end}, and whether with a savepoint is not known: its checkpoints were not read after that`);
  }
  const underHa = underHighAvailability(situation, look);
  if (underHa !== undefined || policy?.batch === true) return underHa;
  if (run?.jobType === 'BATCH') return { reason: 'ambiguous_name', detail: `run ${jobId} is a batch job` };
  const other = overlappingRun(ended, run, sameName);
  if (other === undefined) return undefined;
  return { reason: 'ambiguous_name', detail: `runs ${jobId} and ${other.jobId} of ${ended.name} were alive together` };
}

/** When a savepoint was completed shortly before the end of a run that did not fail, JobManager's clock. */
function savepointAtEnd({ ended, run }: Situation, look: FreshLook | undefined): number | undefined {
  if (ended.status !== 'FINISHED' && ended.status !== 'CANCELED') return undefined;
  const snapshots = [run?.checkpoints?.lastSavepoint, look?.checkpoints?.latestSavepoint];
  return snapshots.find((savepoint) => savepoint !== undefined && ended.endTime - savepoint.completedAt <= STOP_MS)
    ?.completedAt;
}

/** A savepoint at the end is known only to statistics that were read after it; 1.18.0 gives none, archives come late. */
function mayHideSavepoint({ ended, run }: Situation, look: FreshLook | undefined): boolean {
  const isIntended = ended.status === 'FINISHED' || ended.status === 'CANCELED';
  return isIntended && run?.checkpoints?.readAfterEnd === false && look !== undefined && look.checkpoints === undefined;
}

function cannotVerify(detail: string): Objection {
  return { reason: 'cannot_verify', detail };
}
