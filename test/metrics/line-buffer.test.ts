import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatValue } from '../../src/metrics/format-value.ts';
import { LineBuffer } from '../../src/metrics/line-buffer.ts';

const NONE = Buffer.of();

function written(value: number): string {
  const lines = new LineBuffer();
  lines.add(NONE, NONE, NONE, value);
  return lines.copy().toString();
}

describe('LineBuffer', () => {
  test.each([0, -0, 0.001, 0.01, 0.1, 0.5, 9, 10, 99.999, 100.05, 1e12, 999_999_999_999.999, 1e15, 2 ** 53, -1, 1e-4])(
    'writes %d as formatValue does',
    (value) => {
      expect(written(value)).toBe(`${formatValue(value)}\n`);
    },
  );

  test('writes any value as formatValue does', () => {
    const thousandths = fc.maxSafeNat().map((count) => count / 1000);
    const value = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), thousandths, fc.float());
    fc.assert(
      fc.property(value, (any) => {
        expect(written(any)).toBe(`${formatValue(any)}\n`);
      }),
    );
  });

  test('takes more than it has room for, and begins anew', () => {
    const lines = new LineBuffer();
    const part = Buffer.alloc(50_000, 'x');
    for (let line = 0; line < 4; line++) lines.add(part, part, part, line);
    const before = lines.copy();
    expect(before.toString()).toBe([0, 1, 2, 3].map((line) => `${'x'.repeat(150_000)}${String(line)}\n`).join(''));
    lines.clear();
    lines.add(NONE, NONE, Buffer.from('y '), 1);
    expect(lines.copy().toString()).toBe('y 1\n');
    expect(before.length).toBe(4 * 150_002);
  });
});
