import { describe, expect, test } from 'vitest';
import type { FamilyRecord } from '../../src/metrics/family.ts';
import { LineBuffer } from '../../src/metrics/line-buffer.ts';
import { compileFamily, renderLabels } from '../../src/metrics/render-family.ts';

const record = (labels: readonly string[], write: FamilyRecord<number>['write']): FamilyRecord<number> => ({
  name: 'x',
  type: 'gauge',
  help: 'X.',
  labels,
  stability: 'stable',
  exportedFor: 'tests',
  write,
});

describe('renderLabels', () => {
  test('escapes, bounds and joins', () => {
    expect(renderLabels(['a', 'b'], ['say "hi"\\\n', '\ud800'])).toBe('a="say \\"hi\\"\\\\\\n",b="\ufffd"');
    expect(renderLabels(['a'], ['x'.repeat(10_000)])).toHaveLength(200 + 'a=""'.length);
    expect(renderLabels([], [])).toBe('');
  });

  test('refuses another number of values', () => {
    expect(() => renderLabels(['a', 'b'], ['1'])).toThrow('1 values for the 2 labels a, b');
  });
});

/** The text of a family. */
const text = <Subject>(
  family: FamilyRecord<Subject>,
  common: readonly string[],
  subjects: readonly Subject[],
  labels: readonly string[],
): string =>
  compileFamily(family, common, new LineBuffer())
    .render(
      subjects,
      labels.map((label) => Buffer.from(label)),
    )
    .toString();

describe('compileFamily', () => {
  test('writes a line a sample, and none for what is not known', () => {
    const family = record(['a', 'own', 'other'], (emit, subject) => {
      emit(subject, 'first', '"');
      emit(undefined, 'absent', '');
      emit(Number.NaN, '', '');
    });
    expect(text(family, ['a'], [1, 2.5], ['a="1"', 'a="2"'])).toBe(
      [
        'x{a="1",own="first",other="\\""} 1',
        'x{a="1",own="",other=""} NaN',
        'x{a="2",own="first",other="\\""} 2.5',
        'x{a="2",own="",other=""} NaN',
        '',
      ].join('\n'),
    );
    expect(text(family, ['a'], [], [])).toBe('');
  });

  test('writes families without common labels and without any', () => {
    const own = record(['own'], (emit, subject) => emit(subject, 'y'));
    expect(text(own, [], [1], [''])).toBe('x{own="y"} 1\n');
    const none = record([], (emit, subject) => emit(subject));
    expect(text(none, [], [1], [''])).toBe('x 1\n');
  });

  test('writes any number of label values, of any length', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => `${String(index)} é ${'x'.repeat(index % 190)}`);
    const family = record(['own'], (emit, subject) => {
      for (const value of values) emit(subject, value);
    });
    const lines = values.map((value) => `x{own="${value}"} 7\n`).join('');
    expect(text(family, [], [7, 7], ['', ''])).toBe(lines + lines);
  });

  test('tells subjects with other samples from those with the same', () => {
    const family = record(['a', 'own'], (emit, subject) => {
      if (subject > 1) emit(Number.NaN, 'n');
      emit(1, subject === 3 ? 'x' : 'y');
    });
    const compiled = compileFamily(family, ['a'], new LineBuffer());
    const differs = (pairs: [number, number][]) => pairs.map(([a, b]) => compiled.differs(a, b));
    expect(
      differs([
        [0, 1],
        [2, 4],
      ]),
    ).toEqual([false, false]);
    expect(
      differs([
        [1, 2],
        [2, 1],
        [2, 3],
      ]),
    ).toEqual([true, true, true]);
  });

  test('begins anew after a record that threw in the middle', () => {
    const family = record([], (emit, subject) => {
      emit(subject);
      if (subject === 1) throw new Error('in the middle');
    });
    const compiled = compileFamily(family, [], new LineBuffer());
    expect(() => compiled.render([1], [Buffer.of()])).toThrow('in the middle');
    expect(compiled.render([2], [Buffer.of()]).toString()).toBe('x 2\n');
  });

  test('refuses records that do not fit', () => {
    const family = record(['a', 'own'], (emit, subject) => emit(subject));
    expect(() => compileFamily(family, ['b'], new LineBuffer())).toThrow('the labels of x do not begin with b');
    expect(() => text(family, ['a'], [1], ['a="1"'])).toThrow('0 values for the own labels of x: own');
  });
});
