import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.ts';

const value = (target: string, ...names: string[]) => ({ target, typeOnly: false, names });
const type = (target: string) => ({ target, typeOnly: true, names: [] });

describe('importsOf', () => {
  it.each([
    ["import { a, b as c } from './x.ts';", value('./x.ts', 'a', 'c')],
    ["import {\n  a,\n  type B,\n} from '../x.ts';", value('../x.ts', 'a')],
    ["import a, { b } from 'x';", value('x', 'a', 'b')],
    ["import * as all from 'node:fs';", value('node:fs', 'all')],
    ["import './x.ts';", value('./x.ts')],
    ["export { a } from './x.ts';", value('./x.ts', 'a')],
    ["export * from './x.ts';", value('./x.ts', '*')],
    ["const { run } = await import('./x.ts');", value('./x.ts')],
    ["import type { A } from './x.ts';", type('./x.ts')],
    ["import { type A, type B } from './x.ts';", type('./x.ts')],
    ["export type { A } from './x.ts';", type('./x.ts')],
  ])('reads %j', (text, expected) => {
    expect(importsOf(`/** A module. */\n\n${text}\n`)).toEqual([expected]);
  });

  it('finds each of several, and nothing in comments, texts and declarations', () => {
    const text = `/** Made from the file; import nothing from 'a'. */
import { b } from './b.ts';
import type { C } from './c.ts';

// import { d } from './d.ts';
export const from = "import { e } from './e.ts'";
export function f(from: string): string {
  return from + 'x';
}
`;
    expect(importsOf(text)).toEqual([value('./b.ts', 'b'), type('./c.ts')]);
  });
});
