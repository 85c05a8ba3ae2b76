/** A runbook for browsers: what to do about an alert, from the first link of the notification on. */

import { html } from '../html.ts';
import type { Page } from './document.ts';
import { markdown } from './markdown.ts';

/** @param file its name: `flinkjobfailed.md` */
export function runbookPage(file: string, text: string): Page {
  const name = file.replace(/\.md$/, '');
  const [, heading = name, rest = text] = /^# (.+)\n\n?([\s\S]*)$/.exec(text) ?? [];
  const body = html`<h1>${heading}</h1>
<div class="runbook">
${markdown(rest)}</div>
`;
  return { title: `${heading}, runbook`, body };
}
