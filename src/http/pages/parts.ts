/** What several pages are made of: badges, names, tables, lists of facts. */

import { html, type Html, type HtmlValue } from '../html.ts';

type Tone = 'good' | 'bad' | 'warning' | 'calm';

const TONES: Readonly<Record<string, Tone>> = {
  RUNNING: 'good',
  FINISHED: 'good',
  up: 'good',
  on: 'good',
  succeeded: 'good',
  FAILED: 'bad',
  VANISHED: 'bad',
  missing: 'bad',
  'running twice': 'bad',
  down: 'bad',
  refused: 'bad',
  exhausted: 'bad',
  unconfirmed: 'bad',
  failed: 'bad',
  UNKNOWN: 'warning',
  FAILING: 'warning',
  RESTARTING: 'warning',
  SUSPENDED: 'warning',
  deferred: 'warning',
  paused: 'warning',
  'breaker open': 'bad',
  'cannot be listed': 'bad',
  dry_run: 'warning',
  off: 'warning',
};

/** A state with its colour and shape; others than those above are calm. */
export function badge(state: string): Html {
  return html`<span class="badge ${TONES[state] ?? 'calm'}">${state}</span>`;
}

/** Text of somebody else's: it cannot turn round what stands beside it. */
export function foreign(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** A command of ours for a shell, whatever the names in it. */
export function command(...words: readonly string[]): Html {
  const quoted = words.map((word) =>
    /^[\w.:@/-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
  );
  return html`<code>flink-medic ${quoted.join(' ')}</code>`;
}

export type Fact = readonly [name: string, value: HtmlValue];

/** Facts that are known. */
export function factList(facts: readonly Fact[]): Html {
  const known = facts.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl class="facts">
${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

export interface Table {
  /** Read by screen readers; the heading above says it to the others. */
  readonly caption: string;
  /** The header cells. */
  readonly head: readonly Html[];
  /** Each a `<tr>`. */
  readonly rows: readonly Html[];
  /** In a narrow window the cells of a row stand one below the other: for cells that need no header. */
  readonly stacks?: boolean;
}

/** One that scrolls by itself when the window is narrow, also with the keyboard. */
export function table({ caption, head, rows, stacks = false }: Table): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table${stacks ? html` class="stacks"` : undefined}>
<caption class="unseen">${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
`;
}

export function columns(names: readonly string[]): Html[] {
  return names.map((name) => html`<th scope="col">${name}</th>`);
}

/** Up to `most` of them, and how many there are beside those. */
export function firstOf<T>(all: readonly T[], most: number): { readonly shown: readonly T[]; readonly others: number } {
  return { shown: all.slice(0, most), others: Math.max(0, all.length - most) };
}
