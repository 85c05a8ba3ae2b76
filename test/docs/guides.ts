/** What the guides tell people to paste, for the two tests that judge it. Keeps nothing. */

import { matchesGlob } from 'node:path';
import { blocks, pages } from './documents.ts';

export const FILES = ['flink-medic.yml', 'web-config.yml', 'prometheus.yml', 'alertmanager.yml'] as const;

export interface Pasted {
  readonly page: string;
  readonly text: string;
}

/** All pages but the runbooks, which have a form of their own, and the decisions; paths from the root of the repository. */
export function guides(): string[] {
  return pages().filter((page) => matchesGlob(page, '{*,docs/*,docs/coming-from/*}.md'));
}

/** The fenced blocks of all guides in one language. */
export function pasted(language: string): Pasted[] {
  return guides().flatMap((page) => blocks(page, language).map((text) => ({ page, text })));
}

/** The YAML blocks that are such a file: their first line names it. */
export function pastedFiles(name: (typeof FILES)[number]): Pasted[] {
  return pasted('yaml').filter(({ text }) => text.startsWith(`# ${name}\n`));
}
