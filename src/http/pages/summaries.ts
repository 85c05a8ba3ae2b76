/** A run and an incident in a few words, for tables and cards. */

import { isoTime } from '../../core/iso-time.ts';
import type { Incident } from '../../core/restart/incident.ts';
import { html, type Html } from '../html.ts';
import { incidentResource } from '../incident-resources.ts';
import type { KnownRun } from '../knowledge.ts';
import { badge, foreign } from './parts.ts';
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
  return html`<strong>${foreign(name)}</strong>${message && html`: ${foreign(message)}`}`;
}

/** State, reason and what can be done. */
export function incidentSummary(incident: Incident, view: View): Html {
  const { id, state, reason, because, advice, detail } = incidentResource(incident);
  const attempts = incident.attempts.length;
  return html`<p>${badge(state)} <a href="${incidentPath(view, id)}">incident ${id}</a>${attempts === 0 ? undefined : `, ${String(attempts)} ${attempts === 1 ? 'attempt' : 'attempts'}`}</p>${
    because === undefined
      ? detail && html`<p>${foreign(detail)}</p>`
      : html`<p>${because} <span class="muted">(${reason})</span></p>`
  }${advice === undefined ? orders(incident) : html`<p>To do: ${advice}</p>`}`;
}

/** The command for what only a person can end. */
function orders(incident: Incident): Html | undefined {
  if (incident.state !== 'unconfirmed') return undefined;
  return html`<p>To do: find out whether the job runs, then <code>flink-medic release ${incident.id}</code></p>`;
}
