/** A runbook for browsers: its Markdown, which is written to be read as it is, with links to other runbooks. */

import { html, type Html } from '../html.ts';
import type { Page } from './document.ts';

/** `[text](file.md)` and `[text](file.md#part)`, of files that are served beside this one. */
const LINK = /\[([^\]\n]+)\]\(([a-z\d-]+\.md)(?:#[^)\s]*)?\)/gi;

/** @param file its name: `flinkjobfailed.md` */
export function runbookPage(file: string, text: string): Page {
  const name = file.replace(/\.md$/, '');
  const [, heading = name, rest = text] = /^# (.+)\n\n?([\s\S]*)$/.exec(text) ?? [];
  const body = html`<h1>${heading}</h1>
<div class="scroll" role="region" aria-label="Runbook" tabindex="0"><pre>${withLinks(rest)}</pre></div>
`;
  return { title: `${heading}, runbook`, body };
}

function withLinks(text: string): Html[] {
  const links = [...text.matchAll(LINK)];
  const ends = [0, ...links.map((link) => link.index + link[0].length)];
  const parts = links.map(
    ({ index, 1: name = '', 2: file = '' }, number) =>
      html`${text.slice(ends[number], index)}<a href="${file}">${name}</a>`,
  );
  return [...parts, html`${text.slice(ends.at(-1))}`];
}
