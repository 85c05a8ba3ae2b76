/** What the guides tell people to paste, for the two tests that judge it. Keeps nothing. */

import { globSync } from 'node:fs';
import { blocks, ROOT } from './documents.ts';

const GUIDES = [
  'getting-started',
  'install',
  'prometheus',
  'switch-on-restarts',
  'sizing',
  'security',
  'troubleshooting',
  'coming-from/*',
];

export const FILES = ['flink-medic.yml', 'web-config.yml', 'prometheus.yml'] as const;

export interface Pasted {
  readonly page: string;
  readonly text: string;
}

/** The guides, as paths from the root of the repository. */
export function guides(): string[] {
  return globSync(
    GUIDES.map((name) => `docs/${name}.md`),
    { cwd: ROOT },
  ).toSorted();
}

/** The fenced blocks of all guides in one language. */
export function pasted(language: string): Pasted[] {
  return guides().flatMap((page) => blocks(page, language).map((text) => ({ page, text })));
}

/** The YAML blocks that are such a file: their first line names it. */
export function pastedFiles(name: (typeof FILES)[number]): Pasted[] {
  return pasted('yaml').filter(({ text }) => text.startsWith(`# ${name}\n`));
}
