/**
 * The import and export-from statements of a module, found without a compiler (TypeScript 7 has no API for it): the
 * formatter gives every statement one of few forms. Called by the dependency test.
 */

export interface Import {
  /** As it is written: `./x.ts`, `node:fs`, `zod`. */
  readonly target: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** Local names of the values that are imported. */
  readonly names: readonly string[];
}

/** From the start of a line: inside a text or a comment nothing else looks like it. */
const STATIC = /^(?:import|export)\s+(type\s+)?([^'";=()]*?)\s*\bfrom\s+'([^']+)'/gm;
const BARE = /^import\s+'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

export function importsOf(source: string): Import[] {
  const found = [...source.matchAll(STATIC)].map(([, type, clause = '', target = '']) => {
    const names = type === undefined ? valueNames(clause) : [];
    return { target, typeOnly: type !== undefined || (names.length === 0 && clause.includes('{')), names };
  });
  const nameless = [...source.matchAll(BARE), ...source.matchAll(DYNAMIC)];
  return [...found, ...nameless.map(([, target = '']) => ({ target, typeOnly: false, names: [] }))];
}

/** `a, { b, type C, d as e }` gives a, b, e; `* as n` gives n. */
function valueNames(clause: string): string[] {
  return clause
    .split(/[{},]/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('type '))
    .map((part) => part.replace(/^.*\bas\s+/, ''));
}
