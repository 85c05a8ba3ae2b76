/** A runbook for browsers: its Markdown, which is written to be read as it is. */

import { html } from '../html.ts';
import type { Page } from './document.ts';

/** @param file its name: `flinkjobfailed.md` */
export function runbookPage(file: string, text: string): Page {
  const name = file.replace(/\.md$/, '');
  const [, heading = name, rest = text] = /^# (.+)\n\n?([\s\S]*)$/.exec(text) ?? [];
  const body = html`<h1>${heading}</h1>
<div class="scroll" role="region" aria-label="Runbook" tabindex="0"><pre>${rest}</pre></div>
`;
  return { title: `${heading}, runbook`, body };
}
