/** A page of metrics as a test reads it: whole lines, without what no test is about. */

import { parseExposition } from '../../metrics/parse-exposition.ts';

export class Page {
  readonly text: string;

  /** @throws when the text is not well formed: no page of ours may ever be that */
  constructor(text: string) {
    parseExposition(text, text.endsWith('# EOF\n') ? 'openmetrics' : 'text');
    this.text = text;
  }

  /** The samples of these families whose labels hold `part`, in the order of the page. */
  lines(families: string | readonly string[], part = ''): string[] {
    const names = new Set([families].flat());
    return this.#samples().filter((line) => names.has(/^\w+/.exec(line)?.[0] ?? '') && line.includes(part));
  }

  /** Of the samples that `lines` gives; 0 of none. */
  sum(families: string | readonly string[], part = ''): number {
    return this.lines(families, part).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Samples of families that begin with one of these, headers left out. */
  facts(...prefixes: readonly string[]): string[] {
    return this.#samples().filter((line) => prefixes.some((prefix) => line.startsWith(prefix)));
  }

  #samples(): string[] {
    return this.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }
}
