import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { textMatcher } from '../../src/config/text-matcher.ts';
import { boundLabel } from '../../src/core/label-value.ts';

const matches = (written: string, value: string) => textMatcher.parse(written).matches(value);

describe('a text', () => {
  it('matches itself in the form of a label value, and nothing else', () => {
    const written = fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }).filter((text) => !text.startsWith('/'));
    fc.assert(
      fc.property(written, fc.string(), (text, other) => {
        expect(matches(text, boundLabel(text))).toBe(true);
        expect(matches(text, other)).toBe(other === boundLabel(text));
      }),
    );
  });

  it('is no expression', () => {
    expect(matches('a.c', 'abc')).toBe(false);
    expect(matches('a/', 'a/')).toBe(true);
  });

  it('is compared and shown as it was written', () => {
    const long = 'x'.repeat(300);
    expect(JSON.stringify(textMatcher.parse(long))).toBe(JSON.stringify({ source: long }));
  });
});

describe('an expression', () => {
  it.each([
    ['/orders-.*/', 'orders-1', true],
    ['/orders-.*/', 'my-orders-1', false],
    ['/orders/', 'orders-1', false],
    ['/a|ab/', 'ab', true],
    ['/a|b/', 'ab', false],
    ['/a.b/', 'a\nb', true],
    ['/(?i)orders/', 'ORDERS', true],
    ['/a/b/', 'a/b', true],
    ['///', '/', true],
    ['/.*/', '', true],
    ['/ü+/', 'üü', true],
  ])('%s on %j: %s', (written, value, expected) => {
    expect(matches(written, value)).toBe(expected);
  });

  it.each([
    ['/', 'must end in / as it begins: a regular expression stands between slashes, as in /orders-.*/'],
    ['//', 'must end in / as it begins: a regular expression stands between slashes, as in /orders-.*/'],
    ['/orders', 'must end in / as it begins: a regular expression stands between slashes, as in /orders-.*/'],
    ['/a(/', 'is not a regular expression of RE2: missing closing )'],
    ['/(?=a)/', 'is not a regular expression of RE2: invalid or unsupported Perl syntax'],
    [String.raw`/(a)\1/`, 'is not a regular expression of RE2: invalid escape sequence'],
    [`/${'a'.repeat(1_001)}/`, 'must have at most 1000 characters'],
    [`/${'x{1000}'.repeat(20)}/`, 'is too large with its repetitions unfolded'],
  ])('%s: %s', (written, message) => {
    const { error } = textMatcher.safeParse(written);
    expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  it('never throws, whatever it is', () => {
    const unit = fc.constantFrom(...'a1.*+?|()[]{}^$\\/-,:<>!=PpdDwWsSbBQEZ'.split(''));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), fc.string(), (expression, value) => {
        const { data } = textMatcher.safeParse(`/${expression}/`);
        expect(data?.matches(value)).toBeOneOf([true, false, undefined]);
      }),
      { numRuns: 2_000 },
    );
  });
});
