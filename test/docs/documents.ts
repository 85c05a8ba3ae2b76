/** The documentation as text, for the tests that hold it against the program. Called by the tests of this folder. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Fenced blocks. */
export const FENCED = /^```.*?^```$/gms;

export function document(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Paths of all pages, from the root of the repository. */
export function pages(): string[] {
  return globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).toSorted();
}

/** The fenced blocks of a page in one language. */
export function blocks(file: string, language: string): string[] {
  return document(file)
    .matchAll(/^```(\w*)\n(.*?)^```$/gms)
    .flatMap(([, name, text = '']) => (name === language ? [text] : []))
    .toArray();
}
