/**
 * From "this run ended badly, and somebody asks" to its incident: a new one, or the one that it belongs to already. Used
 * by the intake, the watchdog and the desk, inside a transaction.
 */

import type { Run } from '../core/run.ts';
import { type Incident, isClosed, type Trigger } from '../core/restart/incident.ts';
import { endedRunOf, joined, opened } from '../core/restart/transitions.ts';
import type { IncidentDraft, IncidentView } from './incident-draft.ts';

export interface Opened {
  readonly incident: Incident;
  readonly isNew: boolean;
}

/**
 * The incident that the end of a run belongs to: the one it opened, or the one of which an attempt started it. To an older
 * outage belongs neither a run that was confirmed, nor an end that came to light when the incident was closed: the run had
 * vanished and came back, or a person had released the attempt.
 */
export function incidentOf(view: IncidentView, run: Run): Incident | undefined {
  const own = view.incidentOfRun(run);
  if (own !== undefined) return own.attempts.length === 0 && endedAfter(own, run) ? undefined : own;
  const of = view.incidentOfAttempt(run.cluster, run.jobId);
  const attempt = of?.attempts.findLast(({ request }) => request.jobId === run.jobId);
  return of === undefined || attempt?.state === 'succeeded' || endedAfter(of, run) ? undefined : of;
}

/** Both times are in our clock. */
function endedAfter({ closedAt }: Incident, { final }: Run): boolean {
  return closedAt !== undefined && final !== undefined && final.recordedAt > closedAt;
}

/** Beyond it only people open new ones. More than any fleet has in the days for which closed ones are kept. */
export const MAX_INCIDENTS = 20_000;

/** Of one cluster: one whose jobs fail without end must not keep the failures of others from being answered. */
export const MAX_INCIDENTS_OF_CLUSTER = MAX_INCIDENTS / 2;

/** How many more incidents of a cluster may be opened without a person. */
export function roomForIncidents(view: Pick<IncidentView, 'count'>, cluster: string): number {
  return Math.max(0, Math.min(MAX_INCIDENTS - view.count(), MAX_INCIDENTS_OF_CLUSTER - view.count(cluster)));
}

/** @param run one that has ended */
export function openIncident(draft: IncidentDraft, run: Run, trigger: Trigger): Opened {
  const known = incidentOf(draft, run);
  if (known !== undefined) return { incident: draft.apply(joined(known, trigger)), isNew: false };
  const ended = endedRunOf(run);
  if (ended === undefined) throw new Error(`run ${run.jobId} has not ended`);
  // A run has one incident, whose story goes on.
  const id = draft.incidentOfRun(run)?.id ?? draft.nextId();
  return { incident: draft.apply(opened(id, ended, trigger, trigger.at)), isNew: true };
}

/** For the answer to whoever asked. */
export function describeOpened({ incident, isNew }: Opened): string {
  if (isNew) return `opened incident ${String(incident.id)}`;
  const closed = isClosed(incident) ? `, which is closed (${incident.state}): only a person opens it again` : '';
  return `joined incident ${String(incident.id)}${closed}`;
}
