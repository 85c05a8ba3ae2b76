/** What lists have in common: a filter form, sorted columns, pages. All of it is in the query, so it can be bookmarked. */

import { html, type Html } from '../html.ts';

/** Rows of a page. */
const PAGE_ROWS = 100;

export interface Slice<T> {
  readonly rows: readonly T[];
  /** From 1 on; the last one for a number that is too large. */
  readonly page: number;
  readonly pages: number;
}

/** @param asked of the query: anything but a positive number is the first page */
export function sliceOf<T>(all: readonly T[], asked: string | null): Slice<T> {
  const pages = Math.max(1, Math.ceil(all.length / PAGE_ROWS));
  const page = Math.min(pages, /^[1-9]\d{0,8}$/.test(asked ?? '') ? Number(asked) : 1);
  return { rows: all.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS), page, pages };
}

/** Links to the page before and the next one, with the rest of the query. */
export function turnLinks({ page, pages }: Pick<Slice<unknown>, 'page' | 'pages'>, query: URLSearchParams): Html {
  if (pages === 1) return html``;
  const link = (to: number, text: string): Html =>
    html`<a href="${withParameters(query, { page: String(to) })}">${text}</a>\n`;
  return html`<nav class="turn" aria-label="Pages of the list">
${page > 1 ? link(page - 1, '← Previous page') : undefined}<span>Page ${page} of ${pages}</span>
${page < pages ? link(page + 1, 'Next page →') : undefined}</nav>
`;
}

/** This page with another value of some parameters; an empty one leaves its parameter out. */
function withParameters(query: URLSearchParams, changes: Readonly<Record<string, string>>): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') changed.delete(name);
    else changed.set(name, value);
  }
  return `?${String(changed)}`;
}

export interface Sorting {
  readonly key: string;
  readonly descending: boolean;
}

/** A header cell that sorts: a link, and the order for screen readers. */
export function sortHeader(name: string, key: string, sorting: Sorting, query: URLSearchParams, kind = ''): Html {
  const isSorted = sorting.key === key;
  const next = isSorted && !sorting.descending ? `-${key}` : key;
  const order = sorting.descending ? 'descending' : 'ascending';
  const arrow = html` <span aria-hidden="true">${sorting.descending ? '↓' : '↑'}</span>`;
  const link = html`<a href="${withParameters(query, { sort: next, page: '' })}">${name}${isSorted ? arrow : undefined}</a>`;
  return isSorted
    ? html`<th scope="col" class="${kind}" aria-sort="${order}">${link}</th>`
    : html`<th scope="col" class="${kind}">${link}</th>`;
}

/** A choice with an empty one in front. */
export function select(label: string, name: string, options: readonly string[], chosen: string): Html {
  const all = options.map(
    (option) => html`<option value="${option}"${option === chosen ? html` selected` : undefined}>${option}</option>`,
  );
  return html`<label>${label}<select name="${name}"><option value="">any</option>${all}</select></label>\n`;
}
