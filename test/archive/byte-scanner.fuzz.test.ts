/** Archives as any program might write them: the scanner hands out what JSON.parse finds in them. */

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteScanner } from '../../src/archive/byte-scanner.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';

const RUNS = 1_000;

interface Scan {
  readonly state: string;
  readonly taken: readonly (readonly [path: string, json: string])[];
}

/** Scans `bytes` in chunks of these lengths, taken in turn. */
function scan(bytes: Buffer, lengths: readonly number[], wants: (path: string) => boolean): Scan {
  const taken: (readonly [string, string])[] = [];
  const scanner = new ByteScanner({ wants, take: (path, json) => taken.push([path, json]) > 0 }, 1 << 20);
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    // A copy that is overwritten, as its reader does.
    const chunk = Buffer.from(bytes.subarray(start, start + length));
    scanner.push(chunk);
    chunk.fill('"');
    start += length;
  }
  return { state: scanner.state, taken };
}

/** What the same bytes say to JSON.parse. */
function oracle(bytes: Buffer, wants: (path: string) => boolean): Scan {
  const parsed: { archive: { path: string; json: string }[] } = JSON.parse(bytes.toString());
  const wanted = parsed.archive.filter(({ path }) => wants(path));
  return { state: 'complete', taken: wanted.map(({ path, json }) => [path, json]) };
}

/** Half of all texts are written without spaces, as Flink does. */
const space = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 }) },
);

/** What looks like the parts of an archive, escapes, and characters of every length in UTF-8. */
const unit = fc.oneof(
  fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'path', '"path"', '"},{"path":"', 'json', '":"', '/', 'u'),
  fc.constantFrom('\b', '\f', '\n', '\r', '\t', '\0', '\u007f', 'é', '€', '😀', '\ufeff', '\u2028'),
  fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const text = fc.string({ unit, maxLength: 12 });

const SHORT = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' }),
);

/** One of the ways to write a UTF-16 unit in a string of JSON; `how` picks it. */
function spellUnit(character: string, how: number): string {
  const code = character.charCodeAt(0);
  const short = SHORT.get(character);
  const must = code < 0x20 || character === '"' || character === '\\' || (code >= 0xd800 && code <= 0xdfff);
  if (short !== undefined && (must ? how % 2 === 0 : how === 1)) return `\\${short}`;
  if (!must && how !== 0) return character;
  const hex = code.toString(16).padStart(4, '0');
  return `\\u${how === 3 ? hex.toUpperCase() : hex}`;
}

function spelled(value: string): fc.Arbitrary<string> {
  const units = value.split('');
  const escaped = fc
    .array(fc.nat(7), { minLength: units.length, maxLength: units.length })
    .map((hows) => `"${units.map((character, index) => spellUnit(character, hows[index] ?? 0)).join('')}"`);
  return fc.oneof(fc.constant(JSON.stringify(value)), escaped);
}

const literal = text.chain(spelled);

/** A value of an unknown key, written with spaces anywhere, nested and with keys twice; it may look like entries. */
const { value: unknown } = fc.letrec<{ value: string; list: string; map: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(literal, fc.constantFrom('null', 'true', 'false', '0', '-1.5e+10', '1E400')),
    tie('list'),
    tie('map'),
  ),
  list: fc
    .tuple(fc.array(fc.tuple(space, tie('value'), space), { maxLength: 3 }), space)
    .map(([items, empty]) => `[${items.length === 0 ? empty : items.map((item) => item.join('')).join(',')}]`),
  map: fc
    .tuple(
      fc.array(field(fc.oneof(literal, fc.constantFrom('"path"', '"json"', '"archive"')), tie('value')), {
        maxLength: 3,
      }),
      space,
    )
    .map(([fields, empty]) => `{${fields.length === 0 ? empty : fields.join(',')}}`),
}));

function field(key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(space, key, space, space, value, space)
    .map(([a, name, b, c, content, d]) => `${a}${name}${b}:${c}${content}${d}`);
}

const otherField = field(text.map((key) => `x${key}`).chain(spelled), unknown);
const entry = fc
  .tuple(field(spelled('path'), literal), field(spelled('json'), literal), fc.array(otherField, { maxLength: 2 }))
  .chain(([path, json, others]) => {
    const fields = [path, json, ...others];
    return fc.oneof(fc.constant(fields), fc.shuffledSubarray(fields, { minLength: fields.length }));
  })
  .map((fields) => `{${fields.join(',')}}`);
const archive = fc
  .tuple(
    fc.array(otherField, { maxLength: 2 }),
    fc.array(
      fc.tuple(space, entry, space).map((parts) => parts.join('')),
      { maxLength: 5 },
    ),
    fc.array(otherField, { maxLength: 1 }),
    fc.tuple(space, space, space, space),
  )
  .map(([before, entries, after, [a, b, c, d]]) => {
    const list = `${a}"archive"${b}:${c}[${entries.length === 0 ? d : entries.join(',')}]${a}`;
    return Buffer.from(`${d}{${[...before, list, ...after].join(',')}}${c}`);
  });

const chunks = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(65_536)), { minLength: 1, maxLength: 5 });

it('finds what JSON.parse finds, in any order, spacing, spelling and chunks', { timeout: fuzzTimeout(RUNS) }, () => {
  fc.assert(
    fc.property(archive, chunks, fc.func(fc.boolean()), (bytes, lengths, wants) => {
      expect(scan(bytes, lengths, wants)).toEqual(oracle(bytes, wants));
      expect(scan(bytes, lengths, () => false)).toEqual({ state: 'complete', taken: [] });
    }),
    fuzzed(RUNS),
  );
});

it('decodes bytes that are no UTF-8 as JSON.parse sees them', { timeout: fuzzTimeout(RUNS) }, () => {
  const bytes = fc.array(fc.oneof(fc.integer({ min: 0x80, max: 0xff }), fc.integer({ min: 0x23, max: 0x5b })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(bytes, bytes, chunks, (path, json, lengths) => {
      const parts = [
        '{"archive":[{"path":"',
        path,
        '","json":"',
        json,
        '"},{"path":"',
        json,
        '","json":"',
        path,
        '"}]}',
      ];
      const whole = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
      expect(scan(whole, lengths, () => true)).toEqual(oracle(whole, () => true));
    }),
    fuzzed(RUNS),
  );
});
