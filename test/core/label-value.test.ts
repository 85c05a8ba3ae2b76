import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundLabel } from '../../src/core/label-value.ts';

/** Any sequence of UTF-16 code units, lone surrogates included. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 600 });
/** Long texts of whole code points, many of them two units wide. */
const longText = fc.string({ unit: 'binary', minLength: 201, maxLength: 600 });

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 8);

describe('boundLabel', () => {
  test('leaves 200 units as they are', () => {
    const text = 'x'.repeat(200);
    expect(boundLabel(text)).toBe(text);
    expect(boundLabel('')).toBe('');
  });

  test('cuts 201 units to 191, a tilde and the digest of the whole', () => {
    const text = 'x'.repeat(201);
    expect(boundLabel(text)).toBe(`${'x'.repeat(191)}~${digest(text)}`);
  });

  test('does not cut through a surrogate pair', () => {
    const text = `${'x'.repeat(190)}${'😀'.repeat(10)}`;
    expect(boundLabel(text)).toBe(`${'x'.repeat(190)}~${digest(text)}`);
  });

  test('replaces lone surrogates and keeps pairs', () => {
    expect(boundLabel('a\ud800b\udc00c😀')).toBe('a\ufffdb\ufffdc😀');
  });

  test('keeps two names apart that are equal in their first 500 characters', () => {
    const start = 'n'.repeat(500);
    expect(boundLabel(`${start}1`)).not.toBe(boundLabel(`${start}2`));
  });

  test('is bounded, well-formed and idempotent for any text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, longText), (text) => {
        const bounded = boundLabel(text);
        expect(bounded.length).toBeLessThanOrEqual(200);
        expect(bounded.isWellFormed()).toBe(true);
        expect(boundLabel(bounded)).toBe(bounded);
      }),
    );
  });

  test('keeps the beginning of a long value and its digest', () => {
    fc.assert(
      fc.property(longText, (text) => {
        const bounded = boundLabel(text);
        const kept = bounded.slice(0, -9);
        expect(text.startsWith(kept)).toBe(true);
        expect(kept.length).toBeGreaterThanOrEqual(190);
        expect(bounded.slice(-9)).toBe(`~${digest(text)}`);
      }),
    );
  });
});
