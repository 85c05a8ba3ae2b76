/**
 * Markdown as HTML: what the runbooks are written in, and no more. Anything else, raw HTML and images among it, stands on
 * the page as it is written. Called by the page of a runbook, for files of the package.
 */

import { posix } from 'node:path';
import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { html, type Html } from '../html.ts';
import { columns, table } from './parts.ts';

/** A file that is served beside this one, a part of it, or a part of this one. */
const BESIDE = /^(?:[a-zA-Z\d-]+\.md)?(?:#.*)?$/;
/** Where the runbooks lie, as seen from the root of the package. */
const FOLDER = 'docs/runbooks';

type Renderers = { readonly [Type in MarkedToken['type']]?: (token: Extract<MarkedToken, { type: Type }>) => Html };

/** Headings stand between them only. */
const BLOCKS: Renderers = {
  space: () => html``,
  paragraph: ({ tokens }) => html`<p>${inline(tokens)}</p>\n`,
  // Of an item of a list without blank lines.
  text: ({ tokens = [] }) => html`${inline(tokens)}`,
  code: ({ text }) => html`<pre class="scroll" role="group" aria-label="Code" tabindex="0">${text}</pre>\n`,
  list: ({ ordered, items }) => {
    const children = items.map(({ tokens }) => html`<li>${blocks(tokens)}</li>\n`);
    return ordered ? html`<ol>\n${children}</ol>\n` : html`<ul>\n${children}</ul>\n`;
  },
  table: tableOf,
};

const INLINE: Renderers = {
  text: ({ text }) => html`${text}`,
  escape: ({ text }) => html`${text}`,
  codespan: ({ text }) => html`<code>${text}</code>`,
  link,
};

/** @param text without its title: its headings begin at `<h2>`, with the ids that GitHub gives them */
export function markdown(text: string): Html[] {
  const ids = new Set<string>();
  let level = 1;
  return lexer(text).map((token) => {
    if (token.type !== 'heading') return block(token);
    const { tokens, depth } = token as Tokens.Heading;
    level = Math.max(2, Math.min(depth, level + 1));
    return html`<h${level} id="${newId(plain(tokens), ids)}">${inline(tokens)}</h${level}>\n`;
  });
}

function newId(heading: string, ids: Set<string>): string {
  const slug = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
  let id = slug;
  for (let count = 1; ids.has(id); count += 1) id = `${slug}-${String(count)}`;
  ids.add(id);
  return id;
}

function blocks(tokens: readonly Token[]): Html[] {
  return tokens.map(block);
}

function block(token: Token): Html {
  return rendered(token, BLOCKS) ?? html`<p>${token.raw}</p>\n`;
}

function inline(tokens: readonly Token[]): Html[] {
  return tokens.map((token) => rendered(token, INLINE) ?? html`${token.raw}`);
}

function rendered(token: Token, renderers: Renderers): Html | undefined {
  const renderer = renderers[token.type as MarkedToken['type']] as ((token: Token) => Html) | undefined;
  return renderer?.(token);
}

/** The first cell of a row says what the row is about. */
function tableOf({ header, rows }: Tokens.Table): Html {
  const names = header.map(({ tokens }) => plain(tokens));
  return table({
    caption: names.join(', '),
    head: columns(names),
    rows: rows.map(([first, ...others]) => {
      const cells = others.map(({ tokens }) => html`<td>${inline(tokens)}</td>`);
      return html`<tr><th scope="row">${inline(first?.tokens ?? [])}</th>${cells}</tr>\n`;
    }),
  });
}

function link({ href, tokens }: Tokens.Link): Html {
  const text = inline(tokens);
  if (BESIDE.test(href)) return html`<a href="${href}">${text}</a>`;
  if (href.startsWith('https://')) return html`<a href="${href}" rel="noreferrer">${text}</a>`;
  return html`${text} (${href.startsWith('../') ? posix.join(FOLDER, href) : href})`;
}

/** What is read of it, without its marks. */
function plain(tokens: readonly Token[]): string {
  return (tokens as readonly MarkedToken[])
    .map((token) => ('tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? token.text : ''))
    .join('');
}
