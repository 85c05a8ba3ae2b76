/** Stage `budget` of `decide`. */

import { backOffMs } from '../back-off.ts';
import { remaining } from '../budget.ts';
import { isoTime } from '../../iso-time.ts';
import type { Objection, Situation } from '../situation.ts';

/** Whether there is an attempt left for the job, a place for it in the process, and enough time since the last one. */
export function budgetStage(situation: Situation): Objection | undefined {
  const { policy, repairs, incident, rules, at } = situation;
  if (policy === undefined) return undefined;
  const lifted = incident.order?.lift.includes('exhausted') === true;
  if (!lifted && remaining(repairs, policy, at) === 0) {
    const { attempts, perMs } = policy.budget;
    const since = isoTime(at - perMs);
    return { reason: 'budget_exhausted', detail: `all ${String(attempts)} attempts were made since ${since}` };
  }
  if (situation.intentsLastHour >= rules.maxAttemptsPerHour) {
    const detail = `${String(situation.intentsLastHour)} attempts in the last hour, of all jobs`;
    return { reason: 'global_budget', detail };
  }
  if (situation.underWay >= rules.maxConcurrent) {
    const detail = `${String(situation.underWay)} attempts are under way, of all jobs`;
    return { reason: 'concurrency', detail };
  }
  // Who lifts `exhausted` resets the back-off too.
  return lifted ? undefined : backOff(situation);
}

/** Counts from the end of the newest run, also of one that had been confirmed before it failed. */
function backOff({ policy, repairs, ended, at, clockOffsetMs }: Situation): Objection | undefined {
  const waitMs = policy === undefined ? 0 : backOffMs(policy.backOff, repairs.sinceStable);
  if (waitMs === 0) return undefined;
  const times = [ended.endTime - clockOffsetMs, repairs.lastFailedAt ?? 0, repairs.intents.at(-1) ?? 0];
  // One that lies further ahead than the wait is long was noted before the clock was set back.
  const until = Math.max(...times.filter((time) => time <= at + waitMs)) + waitMs;
  if (at >= until) return undefined;
  const detail = `after ${String(repairs.sinceStable)} attempts without a stable run the next is at ${isoTime(until)}`;
  return { reason: 'back_off', detail, until };
}
