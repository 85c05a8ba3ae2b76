import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBucketBound, formatValue } from '../../src/metrics/format-value.ts';

/** The number of OpenMetrics 1.0's grammar, which Go's ParseFloat reads too. */
const NUMBER = /^(?:[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;

describe('formatValue', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-1.5, '-1.5'],
    [1_700_000_000.123, '1700000000.123'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [1e21, '1e+21'],
    [1.5e-7, '1.5e-7'],
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('writes %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  test('is a number of the grammar that reads back as the same', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatValue(value);
        expect(text).toMatch(NUMBER);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('formatBucketBound', () => {
  test.each([
    [0.001, '0.001'],
    [1, '1.0'],
    [10, '10.0'],
    [1e21, '1e+21'],
    [Infinity, '+Inf'],
  ])('writes %d as %s', (bound, text) => {
    expect(formatBucketBound(bound)).toBe(text);
  });
});
