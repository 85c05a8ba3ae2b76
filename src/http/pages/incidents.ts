/** `/ui/incidents`: open ones first, then the newest; by cluster, state and a part of the job's name. */

import { isoTime } from '../../core/iso-time.ts';
import { INCIDENT_STATES, type Incident, isClosed } from '../../core/restart/incident.ts';
import { html, type Html } from '../html.ts';
import type { Page } from './document.ts';
import { select, sliceOf, turnLinks } from './listing.ts';
import { badge, columns, foreign, table } from './parts.ts';
import { reasonText } from './summaries.ts';
import { when } from './time.ts';
import { incidentPath, jobPath, type View } from './view.ts';

/** @param incidents newest first */
export function incidentsPage(incidents: readonly Incident[], clusters: readonly string[], view: View): Page {
  const { query } = view;
  const cluster = query.get('cluster') ?? '';
  const state = query.get('state') ?? '';
  const name = query.get('name') ?? '';
  const text = name.toLowerCase();
  const found = incidents.filter(
    (incident) =>
      (cluster === '' || incident.run.cluster === cluster) &&
      (state === '' || incident.state === state) &&
      (text === '' || incident.run.name.toLowerCase().includes(text)),
  );
  const slice = sliceOf([...found.filter((one) => !isClosed(one)), ...found.filter(isClosed)], query.get('page'));
  const body = html`<h1>Incidents</h1>
<form class="filter" method="get" role="search" aria-label="Filter incidents">
${select('Cluster', 'cluster', clusters, cluster)}${select('State', 'state', INCIDENT_STATES, state)}<label>Job contains<input type="search" name="name" value="${name}" maxlength="200"></label>
<button>Filter</button>
</form>
<p class="muted" role="status">${found.length} of ${incidents.length} incidents; an incident is one outage of a job</p>
${found.length === 0 ? html`<p>${incidents.length === 0 ? 'None is known.' : html`Nothing fits. <a href="?">Show all</a>`}</p>\n` : listOf(slice.rows, view)}${turnLinks(slice, query)}`;
  return { title: 'Incidents', section: 'Incidents', body };
}

function listOf(rows: readonly Incident[], view: View): Html {
  return table({
    caption: 'Incidents',
    head: columns(['Incident', 'Job', 'State', 'Since', 'Opened', 'Attempts', 'Why']),
    rows: rows.map((incident) => rowOf(incident, view)),
    stacks: true,
  });
}

function rowOf({ id, run, state, reason, since, openedAt, attempts }: Incident, view: View): Html {
  return html`<tr><th scope="row"><a href="${incidentPath(view, id)}">Incident ${id}</a></th><td class="name"><a href="${jobPath(view, run.cluster, run.jobId)}">${foreign(run.name)}</a><br><span class="muted">${foreign(run.cluster)}</span></td><td>${badge(state)}</td><td>${when(isoTime(since), view.now)}</td><td class="wide">${when(isoTime(openedAt), view.now)}</td><td class="wide">${attempts.length}</td><td class="text">${reason && reasonText(reason)}</td></tr>
`;
}
