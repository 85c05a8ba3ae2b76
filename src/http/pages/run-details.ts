/** One run of a job with everything that is known of it and why, folded up unless the page is about it. */

import type { Incident } from '../../core/restart/incident.ts';
import { html, type Html } from '../html.ts';
import type { ExplainedRunResource, SnapshotResource } from '../resources.ts';
import { badge, type Fact, factList, foreign } from './parts.ts';
import { when } from './time.ts';
import { incidentPath, jobPath, type View } from './view.ts';

/** Events of a run; the explanation has all of them. */
const MOST_EVENTS = 50;

/** @param incidents that are about its end, or started it */
export function runDetails(
  run: ExplainedRunResource,
  isOpen: boolean,
  incidents: readonly Incident[],
  view: View,
): Html {
  const { now } = view;
  const period = run.end === undefined ? undefined : html`, ended ${when(run.end, now)}`;
  return html`<details id="run-${run.job_id}-${run.generation}"${isOpen ? html` open` : undefined}>
<summary>${badge(run.state)} started ${when(run.start, now)}${period} <code>${run.job_id}</code></summary>
<div>
${factList([
  [
    'Job id',
    html`<a href="${jobPath(view, run.flink_cluster, run.job_id)}"><code>${run.job_id}</code></a>${run.generation === 1 ? undefined : ` (generation ${String(run.generation)})`}`,
  ],
  [
    'State',
    html`${run.state}${run.reason && ` (${run.reason})`}: ${run.because} <span class="muted">(<a href="${explanationPath(run, view)}">rule ${run.rule}</a>, since ${when(run.since, now)})</span>`,
  ],
  ['Last seen alive', run.last_seen_alive && when(run.last_seen_alive, now)],
  ['Cluster observed', run.last_observation === undefined ? 'never' : when(run.last_observation, now)],
  ['Type', run.job_type],
  ['Restarts by Flink', run.restarts ?? 'not read yet'],
  ['Failovers', run.failovers],
  ...checkpointFacts(run, now),
  ['Archive', run.archive && html`<code>${foreign(run.archive)}</code>`],
  [
    'Incidents',
    incidents.length === 0
      ? undefined
      : html`${incidents.map(({ id, state }) => html`<a href="${incidentPath(view, id)}">incident ${id}</a> ${badge(state)} `)}`,
  ],
])}
${historyOf(run, view)}</div>
</details>
`;
}

function explanationPath({ flink_cluster: cluster, job_id: id }: ExplainedRunResource, { root }: View): string {
  return `${root}api/v1/explain/${encodeURIComponent(cluster)}/${encodeURIComponent(id)}`;
}

function checkpointFacts(run: ExplainedRunResource, now: number): Fact[] {
  const { checkpoints_completed: completed, checkpoints_failed: failed, restore_point: point } = run;
  const { last_restored: restored } = run;
  return [
    [
      'Checkpoints',
      completed === undefined ? 'none known' : `${String(completed)} completed, ${String(failed)} failed`,
    ],
    ['Last checkpoint', run.last_checkpoint && snapshot(run.last_checkpoint, now)],
    ['Last savepoint', run.last_savepoint && snapshot(run.last_savepoint, now)],
    ['Restored from', restored && snapshot({ ...restored, completed: restored.restored }, now)],
    [
      'Restore point',
      point === undefined ? `none: ${run.restore_point_detail}` : html`${point.kind} ${snapshot(point, now)}`,
    ],
  ];
}

function snapshot({ id, completed, path }: SnapshotResource, now: number): Html {
  return html`${id}, ${when(completed, now)}${path && html`<br><code>${foreign(path)}</code>`}`;
}

function historyOf(run: ExplainedRunResource, view: View): Html | undefined {
  const { history } = run;
  if (history.length === 0) return undefined;
  const earlier = history.length - MOST_EVENTS;
  return html`<h3>History</h3>
${
  earlier <= 0
    ? undefined
    : html`<p class="muted">${earlier} earlier ${earlier === 1 ? 'event is' : 'events are'} in the <a href="${explanationPath(run, view)}">explanation</a>.</p>\n`
}<ol class="story">
${history.slice(-MOST_EVENTS).map(({ time, event, detail }) => html`<li><span>${when(time, view.now)}</span><span>${event}</span><span>${foreign(detail)}</span></li>\n`)}</ol>
`;
}
