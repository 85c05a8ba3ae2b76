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
import { badge, columns, firstOf, foreign, table } from './parts.ts';
import { runDetails } from './run-details.ts';
import { incidentSummary, reasonText } from './summaries.ts';
import { durationText, when } from './time.ts';
import { timelineOf } from './timeline.ts';
import { isAbout } from './trouble.ts';
import { incidentPath, listPath, type View } from './view.ts';

export interface Job {
  /** The run that the page is about. */
  readonly subject: KnownRun;
  /** All that are shown, the newest first; the subject is one of them. */
  readonly runs: readonly { readonly known: KnownRun; readonly events: readonly RunEvent[] }[];
  /** Runs beside those. */
  readonly others: number;
  /** False: the ledger could not be read, and there are no events. */
  readonly isHistoryKnown: boolean;
  readonly status: ClusterStatus | undefined;
  /** Of the job, the newest first. */
  readonly incidents: readonly Incident[];
  readonly policy: JobPolicy | undefined;
  readonly switches: Switches;
}

export function jobPage(job: Job, view: View): Page {
  const { subject, runs, others, isHistoryKnown, status, incidents } = job;
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
${isHistoryKnown ? undefined : html`<ul class="notices">\n<li class="bad">The ledger cannot be read: what happened to each run is missing here. The log says why.</li>\n</ul>\n`}${timelineOf(
  runs.map(({ known }) => known.run),
  incidents,
  view.now,
)}${explained.map(({ known, resource }) => runDetails(resource, known.run === run, incidentsOf(incidents, known.run), view))}${
  others === 0 ? undefined : html`<p class="muted">${others} more are not shown.</p>\n`
}<h2>Incidents</h2>
${incidents.length === 0 ? html`<p class="muted">None is known.</p>\n` : incidentTable(incidents, run, view)}`;
  return { title: `${isolated(run.name)} on ${run.cluster}`, section: 'Jobs', body };
}

function cards(job: Job, run: ExplainedRunResource, view: View): Html {
  return html`<div class="cards">
${card('State', stateOf(run, view))}${card('End', endOf(job, run, view))}${card('Cause', causeOf(job, run, view))}${card('Repair', repairOf(job, run, view))}</div>
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
${restoredText(run)}${
  before?.final === undefined
    ? undefined
    : html`<p>The run before: ${badge(before.state)} ${when(isoTime(before.final.endTime), now)}</p>\n`
}`;
}

/** Whether it came back with its state; undefined while Flink's checkpoints of the run were not read. */
function restoredText({
  last_restored: restored,
  checkpoints_completed: read,
}: ExplainedRunResource): Html | undefined {
  if (restored !== undefined) return html`<p>With the state of snapshot ${restored.id}</p>\n`;
  return read === undefined ? undefined : html`<p>Without state of an earlier run</p>\n`;
}

const SOURCES: Readonly<Record<string, string>> = {
  live: 'the JobManager',
  archive: 'its archive',
  history_server: 'a History Server',
};

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

function repairOf(job: Job, run: ExplainedRunResource, view: View): Html {
  const { incidents, subject, policy } = job;
  const incident = incidents.find((known) => isAbout(known, subject.run) || !isClosed(known));
  return html`${incident === undefined ? html`<p class="lead">No incident.</p>\n` : incidentSummary(incident, view)}
${run.end === undefined || run.state === 'FINISHED' ? undefined : html`<p>${restorePointText(run, view)}</p>\n`}<p class="muted">${
    policy === undefined
      ? 'No restart policy matches this job.'
      : html`Policy ${foreign(policy.name)}: ${policy.attemptsLeft} of ${policy.attempts} attempts left in ${durationText(policy.perMs)}.`
  }</p>
${switchTexts(job).map((text) => html`<p>${text}</p>\n`)}`;
}

/** What it could come back with. */
function restorePointText(
  { restore_point: point, restore_point_detail: detail }: ExplainedRunResource,
  { now }: View,
): Html {
  return point === undefined
    ? html`No restore point: ${foreign(detail)}`
    : html`Restore point: ${point.kind} ${point.id}, ${when(point.completed, now)}`;
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

/** More are in the list of incidents. */
const MOST_INCIDENTS = 20;

/** The run that began before this one. */
function previousOf(runs: Job['runs'], subject: KnownRun): Run | undefined {
  return runs[runs.findIndex(({ known }) => known.run === subject.run) + 1]?.known.run;
}

function incidentsOf(incidents: readonly Incident[], run: Run): readonly Incident[] {
  return incidents.filter((incident) => isAbout(incident, run));
}

function incidentTable(incidents: readonly Incident[], { cluster, name }: Run, view: View): Html {
  const { shown, others } = firstOf(incidents, MOST_INCIDENTS);
  return html`${table({
    caption: 'Incidents of this job',
    head: columns(['Incident', 'State', 'Opened', 'Attempts', 'Why']),
    rows: shown.map(
      ({ id, state, openedAt, attempts, reason }) =>
        html`<tr><th scope="row"><a href="${incidentPath(view, id)}">Incident ${id}</a></th><td>${badge(state)}</td><td>${when(isoTime(openedAt), view.now)}</td><td>${attempts.length}</td><td class="text">${reason && reasonText(reason)}</td></tr>
`,
    ),
  })}${
    others === 0
      ? undefined
      : html`<p><a href="${listPath(view, 'incidents', { cluster, name })}">${others} more, in the list of incidents</a></p>\n`
  }`;
}
