/** Which closed incidents leave memory and ledger: pure, asked by `IncidentStore` when the retention is applied. */

import { type Incident, isClosed } from '../core/restart/incident.ts';
import type { IncidentIndex } from './incident-index.ts';
import { MAX_INCIDENTS, MAX_INCIDENTS_OF_CLUSTER } from './open-incident.ts';

export interface LeavingIncidents {
  readonly incidents: (closed: Incident) => boolean;
  /** Whether a closed incident may leave before that, where there are nearly too many. */
  readonly early: (closed: Incident) => boolean;
}

/** From this share of the limits on closed incidents leave early, so that new ones find a place. */
const CROWDED = 0.75;

/** Those for which it is time, and where there are nearly too many the oldest of those that may. */
export function leavingIncidents(
  all: Pick<IncidentIndex, 'all' | 'count'>,
  { incidents, early }: LeavingIncidents,
): Incident[] {
  const gone = new Map<string, number>();
  let left = all.count();
  const leave = ({ run }: Incident): void => {
    left -= 1;
    gone.set(run.cluster, (gone.get(run.cluster) ?? 0) + 1);
  };
  const isCrowded = ({ run }: Incident): boolean =>
    left > CROWDED * MAX_INCIDENTS ||
    all.count(run.cluster) - (gone.get(run.cluster) ?? 0) > CROWDED * MAX_INCIDENTS_OF_CLUSTER;
  const closed = [...all.all()].filter(isClosed);
  const due = closed.filter(incidents);
  due.forEach(leave);
  const tooMany: Incident[] = [];
  for (const incident of closed) {
    if (incidents(incident) || !early(incident) || !isCrowded(incident)) continue;
    leave(incident);
    tooMany.push(incident);
  }
  return [...due, ...tooMany];
}
