/** `/ui/jobs`: runs by cluster, state and a part of name or id, sorted, a hundred on a page. */

import { total } from '../../core/epoch-counter.ts';
import { isoTime } from '../../core/iso-time.ts';
import { startOf } from '../../core/run.ts';
import { RUN_STATES } from '../../core/states.ts';
import { html, type Html } from '../html.ts';
import type { Knowledge, KnownRun, RunOrder } from '../knowledge.ts';
import type { Page } from './document.ts';
import { type Sorting, select, sliceOf, sortHeader, turnLinks } from './listing.ts';
import { badge, foreign, table } from './parts.ts';
import { runSummary } from './summaries.ts';
import { when } from './time.ts';
import { isCurrent } from './trouble.ts';
import { jobPath, type View } from './view.ts';

interface Column {
  readonly name: string;
  readonly key: string;
  /** What it is sorted by. */
  readonly of?: (known: KnownRun) => string | number;
  /** Class of its cells. */
  readonly kind: string;
}

/** Worse states first. */
const SEVERITY: readonly string[] = [
  'FAILED',
  'VANISHED',
  'UNKNOWN',
  'FAILING',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
];

const COLUMNS: readonly Column[] = [
  { name: 'Job', key: 'name', of: ({ run }) => run.name, kind: '' },
  { name: 'Cluster', key: 'cluster', of: ({ run }) => run.cluster, kind: '' },
  { name: 'State', key: 'state', of: ({ run }) => SEVERITY.indexOf(run.state) + 1 || RUN_STATES.length, kind: '' },
  { name: 'Since', key: 'since', of: ({ run }) => run.stateEnteredAt, kind: '' },
  { name: 'Started', key: 'start', of: ({ run }) => startOf(run), kind: 'wide' },
  { name: 'Restarts by Flink', key: 'restarts', of: ({ run }) => restartsOf(run), kind: 'number wide' },
  { name: 'Why', key: 'why', kind: 'text' },
];

const DEFAULT: Sorting = { key: 'since', descending: true };

/** @param clusters names of the configured ones */
export async function jobsPage(
  knowledge: Pick<Knowledge, 'runs'>,
  clusters: readonly string[],
  view: View,
): Promise<Page> {
  const { query } = view;
  const cluster = query.get('cluster') ?? '';
  const state = query.get('state') ?? '';
  const name = query.get('name') ?? '';
  const text = name.toLowerCase();
  const isAll = query.get('runs') === 'all';
  const sorting = sortingOf(query.get('sort'));
  const { found, of } = await knowledge.runs(
    (known) =>
      (isAll || isCurrent(known)) &&
      (cluster === '' || known.run.cluster === cluster) &&
      (state === '' || known.run.state === state) &&
      (text === '' || known.run.name.toLowerCase().includes(text) || known.run.jobId.includes(text)),
    orderOf(sorting),
  );
  const slice = sliceOf(found, query.get('page'));
  const body = html`<h1>Jobs</h1>
<form class="filter" method="get" role="search" aria-label="Filter jobs">
${select('Cluster', 'cluster', clusters, cluster)}${select('State', 'state', RUN_STATES, state)}<label>Name or id contains<input type="search" name="name" value="${name}" maxlength="200"></label>
<label>Runs<select name="runs"><option value="">latest of each job</option><option value="all"${isAll ? html` selected` : undefined}>all, earlier ones too</option></select></label>
${query.has('sort') ? html`<input type="hidden" name="sort" value="${query.get('sort') ?? ''}">` : undefined}<button>Filter</button>
</form>
<p class="muted" role="status">${found.length} of ${of} known runs</p>
${found.length === 0 ? html`<p>Nothing fits. <a href="?">Show all jobs</a></p>\n` : listOf(slice.rows, sorting, view)}${turnLinks(slice, query)}`;
  return { title: 'Jobs', section: 'Jobs', body };
}

function listOf(rows: readonly KnownRun[], sorting: Sorting, view: View): Html {
  return table({
    caption: 'Jobs',
    head: COLUMNS.map(({ name, key, of, kind }) =>
      of === undefined
        ? html`<th scope="col" class="${kind}">${name}</th>`
        : sortHeader(name, key, sorting, view.query, kind),
    ),
    rows: rows.map((known) => rowOf(known, view)),
    stacks: true,
  });
}

function rowOf(known: KnownRun, view: View): Html {
  const { run } = known;
  const { since, cause } = runSummary(known, view);
  const isKnown = run.lastFailure !== undefined || run.reason !== undefined;
  return html`<tr><th scope="row"><a href="${jobPath(view, run.cluster, run.jobId)}">${foreign(run.name)}</a></th><td>${foreign(run.cluster)}</td><td>${badge(run.state)}</td><td>${since}</td><td class="wide">${when(isoTime(startOf(run)), view.now)}</td><td class="number wide">${run.restarts === undefined ? undefined : total(run.restarts)}</td><td class="text">${isKnown ? cause : undefined}</td></tr>
`;
}

function restartsOf({ restarts }: KnownRun['run']): number {
  return restarts === undefined ? -1 : total(restarts);
}

function sortingOf(asked: string | null): Sorting {
  const descending = asked?.startsWith('-') === true;
  const key = descending ? asked?.slice(1) : asked;
  const column = COLUMNS.find((candidate) => candidate.key === key && candidate.of !== undefined);
  return column === undefined ? DEFAULT : { key: column.key, descending };
}

function orderOf({ key, descending }: Sorting): RunOrder | undefined {
  const of = COLUMNS.find((column) => column.key === key)?.of;
  return of && { of, descending };
}
