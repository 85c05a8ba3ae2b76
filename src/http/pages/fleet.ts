/** `/`: what is broken now and needs somebody, what flink-medic is mending, then the clusters and the states of all jobs. */

import { RUN_STATES } from '../../core/states.ts';
import { isoTime } from '../../core/iso-time.ts';
import { html, type Html } from '../html.ts';
import type { Incident } from '../../core/restart/incident.ts';
import type { KnownCluster, KnownRun, Readiness } from '../knowledge.ts';
import { type ArchiveResource, clusterResource } from '../resources.ts';
import type { Switches } from '../restart-desk.ts';
import type { Page } from './document.ts';
import { badge, columns, command, firstOf, foreign, table } from './parts.ts';
import { when } from './time.ts';
import { type Trouble, troublesOf } from './trouble.ts';
import { incidentSummary, runSummary } from './summaries.ts';
import { jobPath, listPath, type View } from './view.ts';

export interface Fleet {
  readonly clusters: readonly KnownCluster[];
  /** The current ones, as `Knowledge.runs` gives them. */
  readonly runs: readonly KnownRun[];
  /** Newest first. */
  readonly incidents: readonly Incident[];
  readonly switches: Switches;
  /** Whether flink-medic may restart a job of this name at all. */
  readonly hasPolicy: (cluster: string, name: string) => boolean;
  readonly readiness: Readiness;
  /** Whether the last attempt to load the configuration succeeded. */
  readonly isReloaded: boolean;
}

/** Rows of a table of troubles: more than anybody reads, and few enough for a page. */
const MOST = 50;

export function fleetPage(fleet: Fleet, view: View): Page {
  const { clusters, runs, incidents } = fleet;
  const { needed, underWay, old } = troublesOf(clusters, runs, incidents, view.now);
  const notices = noticesOf(fleet, view);
  // That restarts are switched off is no trouble.
  const isFine = clusters.length > 0 && notices.every(({ tone }) => tone === 'calm') && needed.length === 0;
  const body = html`<h1>Fleet</h1>
${notices.length === 0 ? undefined : html`<ul class="notices">\n${notices.map(({ tone, text }) => html`<li class="${tone}">${text}</li>\n`)}</ul>\n`}${
  isFine ? html`<p class="fine good">Nothing is down, lost or stuck.</p>\n` : undefined
}${needed.length === 0 ? undefined : troubleTable('Needs somebody', needed, fleet, view)}${
  underWay.length === 0 ? undefined : troubleTable('flink-medic is at it', underWay, fleet, view)
}${
  old === 0
    ? undefined
    : html`<p class="muted">${old} more ${old === 1 ? 'job' : 'jobs'} FAILED or VANISHED more than a day ago and did not come back: <a href="${listPath(view, 'jobs', { state: 'FAILED' })}">failed</a>, <a href="${listPath(view, 'jobs', { state: 'VANISHED' })}">vanished</a>.</p>\n`
}<h2>Clusters</h2>
${clusterTable(fleet, view)}<h2>Jobs by state</h2>
${stateList(runs, view)}`;
  return { title: 'Fleet', section: 'Fleet', body };
}

function noticesOf({ clusters, switches, readiness, isReloaded }: Fleet, view: View): Notice[] {
  const { mode, pausedSince, openBreakers } = switches;
  const down = clusters.filter(({ status }) => status.up === false);
  return [
    ...readiness.waitingFor.map((what) => notice('warning', html`flink-medic is not ready: it waits for ${what}.`)),
    ...(isReloaded
      ? []
      : [
          notice(
            'bad',
            html`The configuration could not be loaded again; the one before is in force. The log says why.`,
          ),
        ]),
    ...down.map(({ status, liveRuns }) =>
      notice(
        'bad',
        html`<strong>${foreign(status.cluster)}: no JobManager answers.</strong> ${
          liveRuns === 0
            ? undefined
            : html`<a href="${listPath(view, 'jobs', { cluster: status.cluster })}">${liveRuns} live ${liveRuns === 1 ? 'run' : 'runs'}</a> cannot be seen. `
        }${status.problem === undefined ? undefined : foreign(status.problem)}`,
      ),
    ),
    ...[
      ...new Set(clusters.flatMap(({ archives }) => archives.filter(({ up }) => !up).map(({ archive }) => archive))),
    ].map((archive) =>
      notice(
        'warning',
        html`<strong>The archives at ${foreign(archive)} cannot be listed</strong>: ends that only an archive tells are missed.`,
      ),
    ),
    ...openBreakers.map(({ cluster, openedAt, detail }) =>
      notice(
        'bad',
        html`<strong>${foreign(cluster)}: the breaker is open</strong> since ${when(isoTime(openedAt), view.now)}, restarts wait: ${foreign(detail)}. Mend the cluster, or ${command('breaker', 'close', cluster)}.`,
      ),
    ),
    ...Array.from(pausedSince, ([cluster, since]) =>
      notice(
        'warning',
        html`<strong>Restarts ${cluster === '' ? 'of all clusters' : html`of ${foreign(cluster)}`} are paused</strong> since ${when(isoTime(since), view.now)}. To go on: ${cluster === '' ? command('resume') : command('resume', cluster)}.`,
      ),
    ),
    ...(mode === 'on' ? [] : [notice('calm', html`<strong>${MODES[mode]}</strong>`)]),
  ];
}

const MODES = {
  off: 'Restarts are off (restart.mode): flink-medic watches and restarts nothing.',
  dry_run: 'Dry run (restart.mode): flink-medic writes down what it would restart, and sends nothing.',
} as const;

interface Notice {
  readonly tone: 'bad' | 'warning' | 'calm';
  readonly text: Html;
}

function notice(tone: Notice['tone'], text: Html): Notice {
  return { tone, text };
}

function troubleTable(title: string, troubles: readonly Trouble[], fleet: Fleet, view: View): Html {
  const { shown, others } = firstOf(troubles, MOST);
  return html`<h2>${title} <span class="muted">(${troubles.length})</span></h2>
${table({
  caption: title,
  head: columns(['Job', 'State', 'Since', 'Cause', 'Repair']),
  rows: shown.map((trouble) => troubleRow(trouble, fleet, view)),
  stacks: true,
})}${
  others === 0
    ? undefined
    : html`<p><a href="${listPath(view, 'jobs', { sort: 'state' })}">${others} more, in the list of jobs</a></p>\n`
}`;
}

function troubleRow(trouble: Trouble, fleet: Fleet, view: View): Html {
  const { cluster, name, what, known, incident } = trouble;
  const run = known && runSummary(known, view);
  return html`<tr><th scope="row"><a href="${jobPath(view, cluster, known?.run.jobId ?? name)}">${foreign(name)}</a><br><span class="muted">${foreign(cluster)}</span></th><td>${badge(what)}</td><td>${run?.since}</td><td class="text">${run?.cause}</td><td class="text">${incident === undefined ? withoutIncident(trouble, fleet) : incidentSummary(incident, view)}</td></tr>
`;
}

function withoutIncident({ cluster, name, what }: Trouble, { hasPolicy }: Fleet): string {
  if (what !== 'FAILED' && what !== 'VANISHED') return TO_DO[what] ?? LEFT_ALONE;
  return hasPolicy(cluster, name)
    ? 'No incident: nobody asked for a restart.'
    : 'No policy matches it: flink-medic leaves it to people.';
}

/** What there is to say where no incident can be. */
const TO_DO: Readonly<Record<string, string>> = {
  UNKNOWN: 'Nothing is restarted before its end is known.',
  missing: 'Start the job by hand.',
  'running twice': 'Cancel one of them: flink-medic cancels nothing.',
};
/** Of what does not pass. */
const LEFT_ALONE = 'Left alone, because it may be alive: Flink shows what it waits for.';

function clusterTable({ clusters, switches }: Fleet, view: View): Html {
  if (clusters.length === 0) return html`<p>None is configured: nothing is watched.</p>\n`;
  return table({
    caption: 'Clusters',
    head: columns([
      'Cluster',
      'State',
      'Flink',
      'TaskManagers',
      'Free slots',
      'Live runs',
      'Observed',
      'Archives',
      'Restarts',
    ]),
    rows: clusters.map((cluster) => clusterRow(cluster, switches, view)),
  });
}

function clusterRow(known: KnownCluster, { mode, pausedSince, openBreakers }: Switches, view: View): Html {
  const cluster = clusterResource(known);
  const name = cluster.flink_cluster;
  const { taskmanagers, slots, slots_available: free, last_observation: observed, up, problem } = cluster;
  const isOpen = openBreakers.some((breaker) => breaker.cluster === name);
  const isPaused = pausedSince.has(name) || pausedSince.has('');
  const restarts = isOpen ? 'breaker open' : isPaused ? 'paused' : mode;
  const isArchiveOnly = cluster.jobmanagers.length === 0;
  const state = isArchiveOnly ? 'archives only' : up === undefined ? 'not observed yet' : up ? 'up' : 'down';
  // That it is down has said so above.
  const trouble = up === false || problem === undefined ? undefined : html`<p>${foreign(problem)}</p>`;
  return html`<tr><th scope="row"><a href="${listPath(view, 'jobs', { cluster: name })}">${foreign(name)}</a></th><td>${badge(state)}${trouble}</td><td>${[cluster.version, cluster.mode].filter(Boolean).join(', ')}</td><td>${taskmanagers}</td><td>${slots === undefined ? undefined : `${String(free ?? 0)} of ${String(slots)}`}</td><td>${cluster.live_runs}</td><td>${observed === undefined ? undefined : when(observed, view.now)}</td><td>${cluster.archives.length === 0 ? 'none' : cluster.archives.map(archiveText)}</td><td>${badge(restarts)}</td></tr>
`;
}

function archiveText({ archive, up, files }: ArchiveResource): Html {
  const { indexed, incomplete, unreadable, unattributed } = files;
  const odd = [
    [incomplete, 'incomplete'],
    [unreadable, 'unreadable'],
    [unattributed, 'of no known cluster'],
  ] as const;
  const counts = odd.filter(([count]) => count > 0).map(([count, what]) => `, ${String(count)} ${what}`);
  return html`<p>${foreign(archive)}: ${up ? `${String(indexed)} read${counts.join('')}` : badge('cannot be listed')}</p>`;
}

function stateList(runs: readonly KnownRun[], view: View): Html {
  const byState = Map.groupBy(runs, ({ run }) => run.state);
  if (byState.size === 0) return html`<p class="muted">No job is known yet.</p>\n`;
  const chips = RUN_STATES.filter((state) => byState.has(state)).map(
    (state) =>
      html`<li><a href="${listPath(view, 'jobs', { state })}"><b>${byState.get(state)?.length}</b>${badge(state)}</a></li>\n`,
  );
  return html`<ul class="states">\n${chips}</ul>\n`;
}
