/** `/ui/incidents/{id}`: how a job was brought back, or why not: who asked, what was decided, sent and seen, in order. */

import { type Reason, REASONS } from '../../core/restart/reasons.ts';
import { html, type Html } from '../html.ts';
import type { IncidentStoryResource, TriggerResource } from '../incident-resources.ts';
import { attemptSection, submissionFacts } from './attempt.ts';
import { isolated, type Page } from './document.ts';
import { badge, columns, factList, foreign, table } from './parts.ts';
import { releaseAdvice } from './summaries.ts';
import { durationText, timeTag, when } from './time.ts';
import { jobPath, type View } from './view.ts';

export function incidentPage(incident: IncidentStoryResource, view: View): Page {
  const { id, state, flink_cluster: cluster, job_name: name, attempts, deliveries, would_send: wouldSend } = incident;
  const body = html`<p class="trail"><a href="${view.root}ui/incidents">Incidents</a> › <a href="${jobPath(view, cluster, incident.job_id)}">${foreign(name)}</a> on ${foreign(cluster)}</p>
<h1><span>Incident ${id}: ${foreign(name)}</span> ${badge(state)}</h1>
${cards(incident, view)}<p>The same as JSON: <a href="${view.root}api/v1/incidents/${id}">incident</a>, <a href="${view.root}api/v1/explain/${encodeURIComponent(cluster)}/${encodeURIComponent(incident.job_id)}">what would be decided now</a></p>
<h2>Story</h2>
${storyOf(incident)}${attempts.length === 0 ? undefined : html`<h2>Attempts</h2>\n`}${attempts.map((attempt) => attemptSection(attempt, view))}${
  wouldSend === undefined
    ? undefined
    : html`<h2>What would have been sent</h2>\n<div class="box">${factList(submissionFacts(wouldSend, view))}</div>\n`
}<h2>Alerts delivered</h2>
${deliveries.length === 0 ? html`<p class="muted">None, or they are older than a week.</p>\n` : deliveryTable(incident, view)}`;
  return { title: `Incident ${String(id)}: ${isolated(name)} on ${cluster}`, section: 'Incidents', body };
}

function cards(incident: IncidentStoryResource, view: View): Html {
  const { now } = view;
  const { state, reason, because, advice, detail, since, opened, closed, policy, order } = incident;
  const toDo = advice === undefined ? releaseAdvice(incident) : html`${advice}`;
  const stage = reason !== undefined && reason in REASONS ? REASONS[reason as Reason].stage : undefined;
  return html`<div class="cards">
<section class="card"><h2>State</h2>
<p class="lead">${badge(state)} ${reason}</p>
<p>since ${when(since, now)}</p>
${because === undefined ? undefined : html`<p>${because} <span class="muted">(stage ${stage})</span></p>\n`}${toDo && html`<p><strong>To do:</strong> ${toDo}</p>\n`}${detail && html`<p>${foreign(detail)}</p>\n`}</section>
<section class="card"><h2>The run that ended</h2>
<p class="lead">${badge(incident.final_status)}</p>
<p>${when(incident.end, now)}</p>
<p><a href="${jobPath(view, incident.flink_cluster, incident.job_id)}"><code>${incident.job_id}</code></a></p>
</section>
<section class="card"><h2>Asked for by</h2>
${incident.triggers.length === 0 ? html`<p>nobody</p>\n` : incident.triggers.map((trigger) => triggerText(trigger, now))}${
  order === undefined
    ? undefined
    : html`<p>Ordered ${when(order.time, now)}${order.from && html` from <code>${foreign(order.from)}</code>`}${order.lift.length > 0 ? `, lifting ${order.lift.join(', ')}` : undefined}</p>\n`
}</section>
<section class="card"><h2>Policy</h2>
<p class="lead">${policy === undefined ? 'none' : foreign(policy)}</p>
<p>opened ${when(opened, now)}</p>
${closed === undefined ? undefined : html`<p>closed ${when(closed, now)}</p>\n`}</section>
</div>
`;
}

function triggerText({ kind, name, first, last, count, withdrawn }: TriggerResource, now: number): Html {
  return html`<p><strong>${KINDS[kind] ?? kind}</strong> ${foreign(name)}${withdrawn ? ', resolved since' : undefined}<br>${when(first, now)}${count === 1 ? undefined : html`, ${count} times, last ${when(last, now)}`}</p>
`;
}

const KINDS: Readonly<Record<string, string>> = { alert: 'Alert', watchdog: 'Watchdog', person: 'Person' };

/** With the time since it was opened: how long each step took is what people look for. */
function storyOf({ events, opened }: IncidentStoryResource): Html {
  return html`<div class="box"><ol class="story">
${events.map(
  ({ time, event, reason, detail }) =>
    html`<li><span>${timeTag(time)} <span class="age">+${durationText(Date.parse(time) - Date.parse(opened))}</span></span><strong>${event}${reason && html` <span class="muted">${reason}</span>`}</strong><span>${foreign(detail)}</span></li>\n`,
)}</ol></div>
`;
}

function deliveryTable({ deliveries }: IncidentStoryResource, { now }: View): Html {
  return table({
    caption: 'Alerts delivered by Alertmanager',
    head: columns(['Alert', 'Status', 'Began', 'Delivered', 'Times', 'Became']),
    rows: deliveries.map(
      ({ alertname, status, starts_at: began, first, last, count, became, reason }) =>
        html`<tr><th scope="row">${foreign(alertname)}</th><td>${status}</td><td>${when(began, now)}</td><td>${when(first, now)}${count === 1 ? undefined : html`<br>last ${when(last, now)}`}</td><td>${count}</td><td>${became}${reason && ` (${reason})`}</td></tr>\n`,
    ),
  });
}
