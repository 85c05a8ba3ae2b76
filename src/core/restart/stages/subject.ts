/** Stage `subject` of `decide`. */

import { isoTime } from '../../iso-time.ts';
import type { FreshLook, Objection, Situation } from '../situation.ts';

/** Whether the job as such may be acted on now, by what is remembered of it. */
export function subjectStage(situation: Situation): Objection | undefined {
  const { repairs, incident, otherIncident } = situation;
  if (repairs.exhausted && incident.order?.lift.includes('exhausted') !== true) {
    const last = repairs.intents.at(-1);
    const since = last === undefined ? '' : `, the last at ${isoTime(last)},`;
    return { reason: 'exhausted', detail: `the attempts are used up${since} and the job has not run stably since` };
  }
  if (otherIncident !== undefined) {
    return { reason: 'in_progress', detail: `incident ${String(otherIncident)} of this job comes first` };
  }
  return waitAfterVanishing(situation) ?? waitAfterEnd(situation);
}

/** Which clusters bring jobs back by themselves only a look can tell, so this is asked with the fresh look. */
export function underHighAvailability({ ended }: Situation, look: FreshLook | undefined): Objection | undefined {
  if (ended.status !== 'VANISHED' || look?.highlyAvailable !== true) return undefined;
  const detail = `run ${ended.jobId} vanished, and high-availability.type of the cluster is not NONE`;
  return { reason: 'vanished_under_ha', detail };
}

/** Counts from when it was noticed: before that nobody looked for what may come back. */
function waitAfterVanishing({ ended, run, policy, at, clockOffsetMs }: Situation): Objection | undefined {
  if (ended.status !== 'VANISHED' || policy === undefined) return undefined;
  const noticedAt = run?.final?.recordedAt ?? ended.endTime - clockOffsetMs;
  const until = noticedAt + policy.vanishedWaitMs;
  if (at >= until) return undefined;
  const detail = `run ${ended.jobId} was found missing at ${isoTime(noticedAt)}; it may show itself until ${isoTime(until)}`;
  return { reason: 'vanished_wait', detail, until };
}

/** Only before the first decision: between attempts there is the back-off. */
function waitAfterEnd({ incident, policy, at, clockOffsetMs }: Situation): Objection | undefined {
  const until = incident.run.endTime - clockOffsetMs + (policy?.waitMs ?? 0);
  if (at >= until || policy === undefined) return undefined;
  return { reason: 'end_wait', detail: `policy ${policy.name} waits until ${isoTime(until)}`, until };
}
