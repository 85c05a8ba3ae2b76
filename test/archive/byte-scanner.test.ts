import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteScanner, type ScanState } from '../../src/archive/byte-scanner.ts';
import { archiveText } from './crafted-archive.ts';

interface Scan {
  readonly state: ScanState;
  readonly problem: string;
  readonly taken: readonly (readonly [path: string, json: string])[];
}

interface ScanOptions {
  readonly wants?: (path: string) => boolean;
  /** Stop after so many entries. */
  readonly enough?: number;
  readonly chunkBytes?: number;
  readonly maxStringBytes?: number;
}

function scan(text: string | Buffer, options: ScanOptions = {}): Scan {
  const {
    wants = () => true,
    enough = Number.POSITIVE_INFINITY,
    chunkBytes = 65_536,
    maxStringBytes = 1 << 20,
  } = options;
  const taken: (readonly [string, string])[] = [];
  const scanner = new ByteScanner({ wants, take: (path, json) => taken.push([path, json]) < enough }, maxStringBytes);
  const bytes = Buffer.from(text);
  // One buffer for all chunks, as its reader has: what is kept must not point into it.
  const chunk = Buffer.alloc(chunkBytes);
  for (let i = 0; i < bytes.length; i += chunkBytes) {
    const length = bytes.copy(chunk, 0, i, i + chunkBytes);
    scanner.push(chunk.subarray(0, length));
    chunk.fill(0x7b);
  }
  return { state: scanner.state, problem: scanner.problem, taken };
}

const TWO = archiveText([
  { path: '/a', json: '{"x":"\\"é😀"}' },
  { path: '/b', json: '[]' },
]);

describe('ByteScanner', () => {
  it('hands out entries in the order of the file', () => {
    expect(scan(TWO)).toEqual({
      state: 'complete',
      problem: '',
      taken: [
        ['/a', '{"x":"\\"é😀"}'],
        ['/b', '[]'],
      ],
    });
  });

  it('leaves out what is not wanted', () => {
    expect(scan(TWO, { wants: (path) => path === '/b' }).taken).toEqual([['/b', '[]']]);
  });

  it('stops as soon as nothing more is wanted, whatever follows', () => {
    const cut = TWO.slice(0, TWO.indexOf('},{') + 1);
    expect(scan(`${cut}garbage`, { enough: 1 })).toMatchObject({
      state: 'satisfied',
      taken: [['/a', '{"x":"\\"é😀"}']],
    });
  });

  it('accepts an empty list', () => {
    expect(scan('{"archive":[]}')).toMatchObject({ state: 'complete', taken: [] });
  });

  it('is open at every cut before the last bracket, with only whole entries handed out', () => {
    const bytes = Buffer.from(TWO);
    for (let cut = 0; cut < bytes.length - 2; cut += 1) {
      const { state, taken } = scan(bytes.subarray(0, cut), { chunkBytes: 7 });
      expect(state).toBe('open');
      expect(taken).toEqual(scan(TWO).taken.slice(0, taken.length));
    }
  });

  it.each([
    ['nothing of JSON', 'hello', 'byte 0: an archive starts with {'],
    ['zeros of a crashed disk', '\0\0\0', 'byte 0: an archive starts with {'],
    ['a list', '[]', 'byte 0: an archive starts with {'],
    ['no archive', '{}', 'byte 1: no "archive" in it'],
    ['no archive among others', '{"a":{"archive":[]}}', 'byte 19: no "archive" in it'],
    ['an archive that is no list', '{"archive":{}}', 'byte 11: "archive" is not a list'],
    ['an entry that is no object', '{"archive":[1]}', 'byte 12: expected an entry'],
    ['a comma too many', '{"archive":[{"path":"a","json":"b"},]}', 'byte 36: expected an entry'],
    ['a missing comma', '{"archive":[{"path":"a","json":"b"}{', 'byte 35: expected a comma or ]'],
    ['a missing comma in an entry', '{"archive":[{"path":"a" "json":"b"}', 'byte 24: expected a comma or }'],
    ['a missing colon', '{"archive"[', 'byte 10: expected a colon'],
    ['a comma before the brace', '{"archive":[{"path":"a","json":"b",}', 'byte 35: expected a key'],
    ['an empty entry', '{"archive":[{}]}', 'byte 13: an entry needs "path" and "json"'],
    ['an entry without json', '{"archive":[{"path":"a"}', 'byte 23: an entry needs "path" and "json"'],
    ['an entry without path', '{"archive":[{"json":"a"}', 'byte 23: an entry needs "path" and "json"'],
    ['a document that is not a string', '{"archive":[{"path":"a","json":{', 'byte 31: "json" is not a string'],
    ['a path that is not a string', '{"archive":[{"path":7', 'byte 20: "path" is not a string'],
    ['two paths', '{"archive":[{"path":"a","path":"b"', 'byte 31: "path" occurs twice'],
    ['two documents', '{"archive":[{"path":"a","json":"a","json":"b"', 'byte 42: "json" occurs twice'],
    ['a bad escape', '{"archive":[{"path":"a\\x"', 'byte 24: a bad escape'],
    ['a control character', '{"archive":[{"path":"a","json":"\u0001"}', 'byte 33: a bad escape or a control character'],
    ['a bracket too many', '{"a":1]', 'byte 6: expected a comma or }'],
  ])('calls %s malformed and says where', (_, text, problem) => {
    const found = scan(text);
    expect(found.state).toBe('malformed');
    expect(found.problem).toContain(problem);
    expect(scan(text, { chunkBytes: 1 })).toEqual(found);
  });

  it('skips 10,000 nested brackets and a long string, and remembers none of it', () => {
    const deep = `${'{"a":['.repeat(10_000)}"]}"${']}'.repeat(10_000)}`;
    const text = `{"before":${deep},"archive":[{"extra":${deep},"path":"/a","json":"1","long":"${'\\"'.repeat(100_000)}"}]}`;
    expect(scan(text, { chunkBytes: 1_000, maxStringBytes: 16 })).toMatchObject({
      state: 'complete',
      taken: [['/a', '1']],
    });
  });

  // Found by byte-scanner.fuzz.test.ts.
  it.each([
    [
      'entries in a key of others',
      '{"path":"/b","json":"","x":[{"y":""},{"path":"/c","json":"2"}]},{"path":"/a","json":"1"}',
    ],
    ['a path spelt with escapes', '{"path":"/b","json":""},{"\\u0070ath":"/a","json":"1"},{"path":"/b","json":""}'],
  ])('jumps from an unwanted document over no %s', (_, entries) => {
    expect(scan(`{"archive":[${entries}]}`, { wants: (path) => path !== '/b' })).toEqual({
      state: 'complete',
      problem: '',
      taken: [['/a', '1']],
    });
  });

  it('keeps no string beyond the limit, and lets unwanted ones be as long as they like', () => {
    const text = archiveText([
      { path: '/huge', json: 'x'.repeat(5_000) },
      { path: '/a', json: '1' },
    ]);
    for (const chunkBytes of [64, 65_536]) {
      const limits = { chunkBytes, maxStringBytes: 4_000 };
      expect(scan(text, limits)).toMatchObject({ state: 'too_large', taken: [] });
      expect(scan(text, { ...limits, wants: (path) => path === '/a' })).toMatchObject({
        state: 'complete',
        taken: [['/a', '1']],
      });
      expect(scan(`{"${'k'.repeat(5_000)}":1}`, limits)).toMatchObject({ state: 'too_large' });
    }
  });

  it('reads what JSON.parse reads, in any order, spacing and chunk size', () => {
    const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 });
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const unknown = fc.tuple(
      text.map((key) => `x${key}`),
      fc.jsonValue(),
    );
    const entry = fc
      .record({ path: text, json: text, unknown: fc.array(unknown, { maxLength: 2 }) })
      .chain(({ path, json, unknown: others }) =>
        fc.shuffledSubarray<readonly [string, unknown]>([['path', path], ['json', json], ...others], {
          minLength: 2 + others.length,
        }),
      );
    const written = fc
      .tuple(fc.array(entry, { maxLength: 6 }), fc.array(space, { minLength: 4, maxLength: 4 }), fc.nat(3))
      .map(([entries, spaces, spelling]) => spell(entries, spaces, spelling));
    fc.assert(
      fc.property(written, fc.integer({ min: 1, max: 40 }), fc.func(fc.boolean()), (archive, chunkBytes, wants) => {
        const parsed: { archive: { path: string; json: string }[] } = JSON.parse(archive);
        const expected = parsed.archive.filter(({ path }) => wants(path)).map(({ path, json }) => [path, json]);
        const found = { state: 'complete', problem: '', taken: expected };
        expect(scan(archive, { chunkBytes, wants })).toEqual(found);
        expect(scan(archive, { wants })).toEqual(found);
      }),
      { numRuns: 500 },
    );
  });

  it('takes any bytes without throwing', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.constantFrom('{"archive":[', '{"path":"', '","json":"', '"}', ',', ']}', '\\', '"', '{', '[', '1'))
        .map((parts) => Buffer.from(`{"archive":[${parts.join('')}`)),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 50 }), (some, chunkBytes) => {
        expect(scan(some, { chunkBytes })).toEqual(scan(some));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Writes the entries as another program might: spaces everywhere, and escapes where there need not be any. */
function spell(
  entries: readonly (readonly (readonly [string, unknown])[])[],
  spaces: readonly string[],
  spelling: number,
): string {
  const [a = '', b = '', c = '', d = ''] = spaces;
  const key = (name: string) => (spelling === 0 && name === 'json' ? '"\\u006as\\u006Fn"' : JSON.stringify(name));
  const field = ([name, value]: readonly [string, unknown]) => `${key(name)}${b}:${c}${JSON.stringify(value)}`;
  const objects = entries.map((entry) => `{${a}${entry.map(field).join(`${d},${a}`)}${b}}`);
  const extra = spelling === 1 ? `"other"${a}:${b}{"archive":[1,{"]":"}"}]},` : '';
  return `${d}{${a}${extra}"archive"${b}:${c}[${d}${objects.join(`${a},${b}`)}${c}]${d}}${a}`;
}
