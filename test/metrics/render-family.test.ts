import { describe, expect, test } from 'vitest';
import type { FamilyRecord } from '../../src/metrics/family.ts';
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

describe('compileFamily', () => {
  test('writes a line a sample, and none for what is not known', () => {
    const render = compileFamily(
      record(['a', 'own', 'other'], (emit, subject) => {
        emit(subject, 'first', '"');
        emit(undefined, 'absent', '');
        emit(Number.NaN, '', '');
      }),
      ['a'],
    );
    expect(render([1, 2.5], ['a="1"', 'a="2"'])).toBe(
      [
        'x{a="1",own="first",other="\\""} 1',
        'x{a="1",own="",other=""} NaN',
        'x{a="2",own="first",other="\\""} 2.5',
        'x{a="2",own="",other=""} NaN',
        '',
      ].join('\n'),
    );
    expect(render([], [])).toBe('');
  });

  test('writes families without common labels and without any', () => {
    expect(
      compileFamily(
        record(['own'], (emit, subject) => emit(subject, 'y')),
        [],
      )([1], ['']),
    ).toBe('x{own="y"} 1\n');
    expect(
      compileFamily(
        record([], (emit, subject) => emit(subject)),
        [],
      )([1], ['']),
    ).toBe('x 1\n');
  });

  test('refuses records that do not fit', () => {
    const family = record(['a', 'own'], (emit, subject) => emit(subject));
    expect(() => compileFamily(family, ['b'])).toThrow('the labels of x do not begin with b');
    expect(() => compileFamily(family, ['a'])([1], ['a="1"'])).toThrow('0 values for the own labels of x: own');
  });
});
