/** JSON texts with parts that no decent program would write: what `damaged` cannot, because values in memory cannot hold it. */

import * as fc from 'fast-check';

/** Keys, strings, numbers and words. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g;

const HOSTILE = [
  ...['1e400', '-1e400', '1e308', '-1', '0', '-0', '0.5', '1e-400', '9e15', '-9e15', '8.64e15', '9007199254740993'],
  ...['1'.repeat(400), '"1"', '"NaN"', '"-1"', '"99999999999999999999"', 'NaN', 'Infinity', '01'],
  ...['null', 'true', '""', '[]', '{}', '[{}]', '[null]', '{"__proto__":{"jobs":[]}}', '"__proto__"', '"constructor"'],
  ...[
    '"\\ud800"',
    '"\\u0000"',
    '"\\r\\n# EOF"',
    '"\\"} 1"',
    '"<script>alert(1)</script>"',
    '"../../../etc"',
    '"\u2028"',
  ],
  ...[`"${'x'.repeat(1_000_000)}"`, `${'['.repeat(10_000)}${']'.repeat(10_000)}`, `[${'0,'.repeat(100_000)}0]`],
];

/** `text`, which is JSON, with up to three of its tokens replaced. */
export function hostileJson(text: string): fc.Arbitrary<string> {
  const tokens = [...text.matchAll(TOKEN)];
  const replacement = fc.tuple(fc.nat(Math.max(0, tokens.length - 1)), fc.constantFrom(...HOSTILE));
  return fc.array(replacement, { minLength: 1, maxLength: 3 }).map((replacements) => {
    const later = new Map(replacements.toSorted(([a], [b]) => b - a));
    let changed = text;
    for (const [index, hostile] of later) {
      const { index: at = 0, 0: token = '' } = tokens[index] ?? {};
      changed = changed.slice(0, at) + hostile + changed.slice(at + token.length);
    }
    return changed;
  });
}
