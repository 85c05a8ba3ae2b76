/** A run and an incident in a few words, for tables and cards. */

import { isoTime } from '../../core/iso-time.ts';
import type { Incident } from '../../core/restart/incident.ts';
import { type Reason, REASONS } from '../../core/restart/reasons.ts';
import { html, type Html } from '../html.ts';
import type { IncidentResource } from '../incident-resources.ts';
import type { KnownRun } from '../knowledge.ts';
import { badge, command, foreign } from './parts.ts';
import { when } from './time.ts';
import { incidentPath, type View } from './view.ts';

/** What holds since when, and why it failed last. */
export function runSummary({ run }: KnownRun, { now }: View): { readonly since: Html; readonly cause: Html } {
  const { lastFailure, reason } = run;
  return {
    since: when(isoTime(run.final?.endTime ?? run.stateEnteredAt), now),
    cause:
      reason !== undefined
        ? html`${reason}`
        : lastFailure === undefined
          ? html`<span class="muted">not known</span>`
          : failureText(lastFailure),
  };
}

/** The class without its package, which the job's page has, and the message. */
function failureText({ exception, message }: { readonly exception: string; readonly message: string }): Html {
  const name = exception.slice(exception.lastIndexOf('.') + 1);
  return html`<span class="clamp"><strong>${foreign(name)}</strong>${message && html`: ${foreign(message)}`}</span>`;
}

/** State, reason and what can be done. */
export function incidentSummary(incident: Incident, view: View): Html {
  const { id, state, reason, detail, attempts } = incident;
  const tried =
    attempts.length === 0 ? '' : `, ${String(attempts.length)} ${attempts.length === 1 ? 'attempt' : 'attempts'}`;
  const why = reason === undefined ? html`${foreign(detail)}` : reasonText(reason);
  const toDo = reason === undefined ? releaseAdvice(incident) : html`${REASONS[reason].advice}`;
  return html`<p>${badge(state)} <a href="${incidentPath(view, id)}">incident ${id}</a>${tried}</p><p>${why}</p>${toDo && html`<p>To do: ${toDo}</p>`}`;
}

export function reasonText(reason: Reason): Html {
  return html`${REASONS[reason].text} <span class="muted">(${reason})</span>`;
}

/** For what only a person can end. */
export function releaseAdvice({ id, state }: Pick<IncidentResource, 'id' | 'state'>): Html | undefined {
  if (state !== 'unconfirmed') return undefined;
  return html`Find out whether the job runs, then ${command('release', String(id))}`;
}
