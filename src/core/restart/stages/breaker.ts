/** Stage `breaker` of `decide`. */

import { mayProbe } from '../breaker.ts';
import { isoTime } from '../../iso-time.ts';
import type { Objection, Situation } from '../situation.ts';

/** Whether the breaker of the cluster lets this incident through. */
export function breakerStage({ breaker, incident, at }: Situation): Objection | undefined {
  const { openedAt, coolDownMs, probe, detail } = breaker;
  if (openedAt === undefined || mayProbe(breaker, incident.id, at)) return undefined;
  const until = openedAt + coolDownMs;
  if (at < until) {
    return { reason: 'breaker_open', detail: `${detail}; one restart may probe at ${isoTime(until)}`, until };
  }
  return { reason: 'breaker_open', detail: `${detail}; incident ${String(probe)} probes` };
}
