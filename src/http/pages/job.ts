/**
 * `/ui/jobs/{cluster}/{job}`: on top how the newest run is, how it ended, why, and what was done about it; below, all runs
 * of the job with the reasons for what is said of them.
 */

import { type Incident, isClosed } from '../../core/restart/incident.ts';
import type { Run, RunEvent } from '../../core/run.ts';
import type { ClusterStatus } from '../../core/cluster-status.ts';
import { isoTime } from '../../core/iso-time.ts';
import { html, type Html } from '../html.ts';
import type { KnownRun } from '../knowledge.ts';
import { explainedRunResource, type ExplainedRunResource } from '../resources.ts';
import type { JobPolicy, Switches } from '../restart-desk.ts';
import { isolated, type Page } from './document.ts';
import { badge, columns, foreign, table } from './parts.ts';
import { runDetails } from './run-details.ts';
import { incidentSummary } from './summaries.ts';
import { durationText, when } from './time.ts';
import { timelineOf } from './timeline.ts';
import { isAbout } from './trouble.ts';
import { incidentPath, type View } from './view.ts';

export interface Job {
  /** The run that the page is about. */
  readonly subject: KnownRun;
  /** All that are shown, the newest first; the subject is one of them. */
  readonly runs: readonly { readonly known: KnownRun; readonly events: readonly RunEvent[] }[];
  /** Runs beside those. */
  readonly others: number;
  readonly status: ClusterStatus | undefined;
  /** Of the job, the newest first. */
  readonly incidents: readonly Incident[];
  readonly policy: JobPolicy | undefined;
  readonly switches: Switches;
}

export function jobPage(job: Job, view: View): Page {
  const { subject, runs, others, status, incidents } = job;
  const { run } = subject;
  const explained = runs.map(({ known, events }) => ({
    known,
    resource: explainedRunResource(known, status, events, view.now),
  }));
  const top = explained.find(({ known }) => known.run === run)?.resource;
  const api = `${encodeURIComponent(run.cluster)}/${encodeURIComponent(run.jobId)}`;
  const body = html`<p class="trail"><a href="${view.root}ui/jobs">Jobs</a> › <a href="${view.root}ui/jobs?cluster=${encodeURIComponent(run.cluster)}">${foreign(run.cluster)}</a></p>
<h1>${foreign(run.name)} ${badge(run.state)}</h1>
${top === undefined ? undefined : cards(job, top, view)}<p>The same as JSON: <a href="${view.root}api/v1/jobs/${api}">run</a>, <a href="${view.root}api/v1/explain/${api}">explanation, with what a restart would meet now</a></p>
<h2>Runs</h2>
${timelineOf(
  runs.map(({ known }) => known.run),
  incidents,
  view.now,
)}${explained.map(({ known, resource }) => runDetails(resource, known.run === run, incidentsOf(incidents, known.run), view))}${
  others === 0 ? undefined : html`<p class="muted">${others} more are not shown.</p>\n`
}<h2>Incidents</h2>
${incidents.length === 0 ? html`<p class="muted">None is known.</p>\n` : incidentTable(incidents, view)}`;
  return { title: `${isolated(run.name)} on ${run.cluster}`, section: 'Jobs', body };
}

function cards(job: Job, run: ExplainedRunResource, view: View): Html {
  return html`<div class="cards">
${card('State', stateOf(run, view))}${card('End', endOf(job, run, view))}${card('Cause', causeOf(job, run, view))}${card('Repair', repairOf(job, view))}</div>
`;
}

function card(title: string, content: Html): Html {
  return html`<section class="card" id="${title.toLowerCase()}"><h2>${title}</h2>
${content}</section>
`;
}

function stateOf(run: ExplainedRunResource, { now }: View): Html {
  return html`<p class="lead">${badge(run.state)}${run.reason === undefined ? undefined : html` ${run.reason}`}</p>
<p>since ${when(run.end ?? run.state_entered, now)}</p>
<p class="muted">${run.because}</p>
`;
}

function endOf({ runs, subject }: Job, run: ExplainedRunResource, { now }: View): Html {
  if (run.end !== undefined) {
    const lived = Date.parse(run.end) - Date.parse(run.start);
    return html`<p class="lead">${when(run.end, now)}</p>
<p>${run.state === 'VANISHED' ? 'Last seen then; nothing says how it ended.' : `Said by: ${SOURCES[run.source ?? ''] ?? ''}.`}${
      lived > 0 ? ` It lived for ${durationText(lived)}.` : undefined
    }</p>
${run.superseded === true ? html`<p>A newer run of the job came after it.</p>\n` : undefined}`;
  }
  const before = previousOf(runs, subject);
  return html`<p class="lead">It has not ended.</p>
<p>Started ${when(run.start, now)}</p>
${
  before?.final === undefined
    ? undefined
    : html`<p>The run before: ${badge(before.state)} ${when(isoTime(before.final.endTime), now)}</p>\n`
}`;
}

const SOURCES: Readonly<Record<string, string>> = { live: 'the JobManager', archive: 'its archive' };

function causeOf({ runs, subject }: Job, run: ExplainedRunResource, { now }: View): Html {
  const before = previousOf(runs, subject)?.lastFailure;
  if (run.last_failure !== undefined) {
    const { exception, message, task, time } = run.last_failure;
    return html`<p class="lead mono">${foreign(exception)}</p>
${message && html`<p>${foreign(message)}</p>\n`}${task && html`<p class="muted">Task: ${foreign(task)}</p>\n`}<p>${when(time, now)}${run.end === undefined ? ', and Flink restarted it' : undefined}</p>
`;
  }
  return html`<p class="lead">No failure of this run is known.</p>
${before === undefined ? undefined : html`<p>The run before: <span class="mono">${foreign(before.exception)}</span>${before.message && html`: ${foreign(before.message)}`}</p>\n`}`;
}

function repairOf(job: Job, view: View): Html {
  const { incidents, subject, policy } = job;
  const incident = incidents.find((known) => isAbout(known, subject.run) || !isClosed(known));
  return html`${incident === undefined ? html`<p class="lead">No incident.</p>\n` : incidentSummary(incident, view)}
<p class="muted">${
    policy === undefined
      ? 'No restart policy matches this job.'
      : html`Policy ${foreign(policy.name)}: ${policy.attemptsLeft} of ${policy.attempts} attempts left in ${durationText(policy.perMs)}.`
  }</p>
${switchTexts(job).map((text) => html`<p>${text}</p>\n`)}`;
}

function switchTexts({ switches: { mode, pausedSince, openBreakers }, subject: { run } }: Job): string[] {
  const isOpen = openBreakers.some(({ cluster }) => cluster === run.cluster);
  const isPaused = pausedSince.has(run.cluster) || pausedSince.has('');
  return [
    mode === 'off' ? 'Restarts are off.' : mode === 'dry_run' ? 'Dry run: nothing is sent.' : '',
    isPaused ? 'Restarts are paused.' : '',
    isOpen ? 'The breaker of the cluster is open.' : '',
  ].filter(Boolean);
}

/** The run that began before this one. */
function previousOf(runs: Job['runs'], subject: KnownRun): Run | undefined {
  return runs[runs.findIndex(({ known }) => known.run === subject.run) + 1]?.known.run;
}

function incidentsOf(incidents: readonly Incident[], run: Run): readonly Incident[] {
  return incidents.filter((incident) => isAbout(incident, run));
}

function incidentTable(incidents: readonly Incident[], view: View): Html {
  return table({
    caption: 'Incidents of this job',
    head: columns(['Incident', 'State', 'Opened', 'Attempts', 'Why']),
    rows: incidents.map(
      (incident) =>
        html`<tr><th scope="row"><a href="${incidentPath(view, incident.id)}">Incident ${incident.id}</a></th><td>${badge(incident.state)}</td><td>${when(isoTime(incident.openedAt), view.now)}</td><td>${incident.attempts.length}</td><td class="text">${incident.reason}</td></tr>
`,
    ),
  });
}
