import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { parseYaml, readYaml } from '../../src/config/yaml-document.ts';
import { MedicError } from '../../src/core/errors.ts';
import { configError } from './support/thrown.ts';

const schema = z.strictObject({
  name: z.string().min(1).optional(),
  size: z.int().min(3).optional(),
  color: z.enum(['red', 'green']).optional(),
  items: z.array(z.strictObject({ label: z.string() })).optional(),
  words: z.record(z.string(), z.string()).optional(),
});

const parse = (text: string, env: Record<string, string> = {}) => parseYaml(text, 'f.yml', schema, env);

describe('parseYaml', () => {
  it('returns what the schema returns', () => {
    expect(parse('name: a\nsize: 3\nitems: [{label: x}]\n')).toEqual({ name: 'a', size: 3, items: [{ label: 'x' }] });
  });

  it.each(['', '\n', '# nothing\n', '---\n', '\uFEFF', 'null'])(
    'takes the empty text %j as a map without keys',
    (text) => {
      expect(parse(text)).toEqual({});
    },
  );

  it('takes a key without a value as left out', () => {
    expect(parse('name:\nsize: ~\n')).toEqual({});
  });

  it('takes keys as they are written', () => {
    expect(parse('words: {8081: a, true: b, constructor: c, "x y": d}').words).toEqual({
      '8081': 'a',
      true: 'b',
      constructor: 'c',
      'x y': 'd',
    });
  });

  it.each([
    ['nmae: a', 'f.yml:1:1: nmae: unknown key; did you mean name? Allowed: name, size, color, items, words'],
    ['name: a\nxyz:', 'f.yml:2:1: xyz: unknown key; Allowed: name, size, color, items, words'],
    ['constructor: 1', 'f.yml:1:1: constructor: unknown key; Allowed: name, size, color, items, words'],
    [
      'items:\n  - label: a\n    lable: b',
      'f.yml:3:5: items[0].lable: unknown key; did you mean label? Allowed: label',
    ],
    ['name: 3', 'f.yml:1:7: name: expected a string, found a number; put the value in quotes'],
    ['name: true', 'f.yml:1:7: name: expected a string, found true or false; put the value in quotes'],
    ['name: {}', 'f.yml:1:7: name: expected a string, found a map'],
    ['name: ""', 'f.yml:1:7: name: must have at least 1 character'],
    ['size: 2', 'f.yml:1:7: size: must be at least 3'],
    ['size: x', 'f.yml:1:7: size: expected a number, found a string'],
    ['size: 3.5', 'f.yml:1:7: size: expected a whole number, found a number'],
    ['color: blue', 'f.yml:1:8: color: must be one of red, green'],
    ['items:\n  label: a', 'f.yml:2:3: items: expected a list, found a map'],
    ['items:\n  - label: a\n  - {}', 'f.yml:3:5: items[1].label: is missing; expected a string'],
    ['items:\n  -\n', 'f.yml:2:4: items[0]: is missing; expected a map'],
    ['- a', 'f.yml:1:1: expected a map, found a list'],
    ['text', 'f.yml:1:1: expected a map, found a string'],
    ['name: a\nname: b', 'f.yml:2:1: name: the key is here a second time; keep one of them'],
    ['words: {a: x, "a": y}', 'f.yml:1:15: words.a: the key is here a second time; keep one of them'],
    ['? [a]\n: b', 'f.yml:1:3: a key must be a plain word'],
    ['name: *x', 'f.yml:1:7: name: no anchor &x before this alias'],
    ['name: !foo x', 'f.yml:1:7: Unresolved tag: !foo'],
    ['name: !!binary YQ==', 'f.yml:1:7: Unresolved tag: tag:yaml.org,2002:binary'],
    ['name: a\n---\nname: b', 'f.yml:2:1: a second document begins here; a file holds one'],
    ['name: "a', 'f.yml:1:9: Missing closing "quote'],
    ['name: a\n\tsize: 3', 'f.yml:2:1: Tabs are not allowed as indentation'],
    ['<<: {name: a}', 'f.yml:1:1: <<: unknown key; Allowed: name, size, color, items, words'],
  ])('says of %j: %s', async (text, message) => {
    expect(await configError(() => parse(text))).toBe(message);
  });

  it('reports everything at once, in the order of the text', async () => {
    const message = await configError(() => parse('colour: red\nsize: 1\nname: ${A}\nname: b\nitems: 3\n'));
    expect(message.split('\n').map((line) => line.split(': ').slice(0, 2))).toEqual([
      ['f.yml:1:1', 'colour'],
      ['f.yml:2:7', 'size'],
      ['f.yml:3:7', 'name'],
      ['f.yml:5:8', 'items'],
    ]);
  });

  it('reports beside a syntax error what stands before it, and does not guess at the rest', async () => {
    expect(await configError(() => parse('colr: red\nname: [a\nsize: x\n'))).toBe(
      [
        'f.yml:1:1: colr: unknown key; did you mean color? Allowed: name, size, color, items, words',
        'f.yml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ].join('\n'),
    );
  });

  it('limits the report', async () => {
    const text = Array.from({ length: 25 }, (_, index) => `unknown${index}: ${'x'.repeat(400)}`).join('\n');
    const lines = (await configError(() => parse(text))).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('… and 5 more');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(301);
  });

  it('says where a part of the value stands', () => {
    const document = readYaml('items:\n  - label: a\n  - &x {label: b}\n  - *x\n', 'f.yml', schema, {});
    expect(document.position(['items', 0, 'label'])).toBe('f.yml:2:12');
    expect(document.position(['items', 2, 'label'])).toBe('f.yml:3:16');
    expect(document.position(['items', 9])).toBe('f.yml:2:3');
    expect(document.message(['items', 0], 'is bad')).toBe('f.yml:2:5: items[0]: is bad');
  });
});

describe('variables', () => {
  it.each([
    ['${A}', 'x'],
    ['a${A}b${A}', 'axbx'],
    ['$A $ {A} $', '$A $ {A} $'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['${NESTED}', '${A}'],
    ['${EMPTY}y', 'y'],
    ['${TRICK}', 'x\nsize: 1'],
  ])('reads %s as %j', (written, value) => {
    const env = { A: 'x', EMPTY: '', NESTED: '${A}', TRICK: 'x\nsize: 1' };
    expect(parse(`name: '${written}'`, env).name).toBe(value);
  });

  it('are strings also where they look like something else', () => {
    expect(parse('name: ${PIN}', { PIN: '0123' }).name).toBe('0123');
  });

  it('are not replaced in keys', () => {
    expect(parse('words: {"${A}": b}', { A: 'x' }).words).toEqual({ '${A}': 'b' });
  });

  it.each([
    [
      'name: a ${NO}',
      'f.yml:1:7: name: the environment variable NO is not set; set it, or write "$${" for a literal "${"',
    ],
    [
      'name: ${toString}',
      'f.yml:1:7: name: the environment variable toString is not set; set it, or write "$${" for a literal "${"',
    ],
    [
      'name: "${}"',
      'f.yml:1:7: name: "${" must be followed by the name of an environment variable and "}"; "$${" stands for a literal "${"',
    ],
    [
      'name: "${A"',
      'f.yml:1:7: name: "${" must be followed by the name of an environment variable and "}"; "$${" stands for a literal "${"',
    ],
  ])('says of %j: %s', async (text, message) => {
    expect(await configError(() => parse(text))).toBe(message);
  });
});

describe('hostile text', () => {
  it('follows aliases', () => {
    expect(parse('items: [&a {label: x}, *a]').items).toEqual([{ label: 'x' }, { label: 'x' }]);
    // An alias means the last anchor before it, also when a value with an older one is unfolded in between.
    expect(parse('items: &o [{label: &n x}]\nwords: {a: &n y, b: *n}\n').words).toEqual({ a: 'y', b: 'y' });
  });

  it.each([
    ['an alias to itself', 'items: &a [*a]', 'nested deeper than 64 levels'],
    ['deep nesting', `items: ${'['.repeat(100)}${']'.repeat(100)}`, 'nested deeper than 64 levels'],
    ['endless nesting', '['.repeat(50_000), 'nested deeper than 64 levels'],
    ['lists in lists', `items:\n  ${'- '.repeat(20_000)}\nname: a`, 'nested too deeply'],
    ['many aliases', `words: {a: &x y}\nitems: [${'*x,'.repeat(2_000)}]`, 'more than 1000 aliases'],
    ['many values', `items: [${'a,'.repeat(210_000)}]`, 'more than 200000 values'],
    ['a huge file', '#'.repeat(1024 * 1024 + 1), 'larger than 1048576 characters'],
    [
      'a bomb of aliases',
      ['a: &a [x]', ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)].join(
        '\n',
      ),
      'more than 1000 aliases',
    ],
  ])('refuses %s', async (_what, text, message) => {
    expect(await configError(() => parse(text))).toContain(message);
  });

  it('never throws anything but MedicError config', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'[]{}:,-?&*!|>\'"%@`#\n\t $<~'.split(''),
        ': ',
        '- ',
        '---',
        '...',
        '&a ',
        '*a',
        '${',
        '$${',
        '\n  ',
      ),
      fc.constantFrom(
        'name',
        'items',
        'label',
        'words',
        '!!binary ',
        '!!set ',
        '!!str ',
        '<<',
        '0x1',
        '.nan',
        '\u0000',
        '\uD800',
      ),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (hostile) => {
        expect(complaint(hostile)).toMatch(/^(f\.yml:\d+:\d+: .+\n?)*$/);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** What the reader says of a text: nothing, or the message of a MedicError `config`. */
function complaint(text: string): string {
  try {
    parse(text);
    return '';
  } catch (error) {
    if (error instanceof MedicError && error.code === 'config') return error.message;
    throw error;
  }
}
