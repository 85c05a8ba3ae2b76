/** Stage `age` of `decide`. */

import { isoTime } from '../../iso-time.ts';
import type { Objection, Situation } from '../situation.ts';

/**
 * Whether the end is recent, and happened when restarts of it were armed: nothing old is acted on because something is
 * switched on, or can be seen again. Ends are mapped from the JobManager's clock to ours.
 */
export function ageStage({ at, clockOffsetMs, rules, incident, ended, armed }: Situation): Objection | undefined {
  const lift = incident.order?.lift ?? [];
  const lastEnd = ended.endTime - clockOffsetMs;
  if (at - lastEnd > rules.actWithinMs && !lift.includes('too_late')) {
    const limit = isoTime(lastEnd + rules.actWithinMs);
    return { reason: 'too_late', detail: `the run ended at ${isoTime(lastEnd)}, to be acted on until ${limit}` };
  }
  const firstEnd = incident.run.endTime - clockOffsetMs;
  const arming = [
    { what: 'the ledger began', since: armed.ledger },
    { what: 'restart.mode was set to on', since: armed.mode },
    { what: 'the policy was first loaded', since: armed.policy },
    // A policy that is edited must not act on what it passed over, nor drop what it has begun.
    ...(incident.openedAt < (armed.scope ?? 0)
      ? []
      : [{ what: 'match, on or triggers of the policy were changed', since: armed.scope }]),
  ];
  const later = arming.find(({ since }) => since !== undefined && firstEnd < since);
  if (later === undefined || lift.includes('before_armed')) return undefined;
  const { what, since = 0 } = later;
  return { reason: 'before_armed', detail: `the run ended at ${isoTime(firstEnd)}; ${what} at ${isoTime(since)}` };
}
