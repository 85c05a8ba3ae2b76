import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatSize, parseSize } from '../../src/config/size.ts';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['1B', 1],
    ['2kB', 2_000],
    ['2KB', 2_000],
    ['500MB', 500_000_000],
    ['1KiB', 1_024],
    ['2GiB', 2_147_483_648],
    ['1TiB', 1_099_511_627_776],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'GiB', '-1', '1.5GiB', '1 GiB', '1gib', '1G', '99999999TiB', '1e3', '0x10', '1B\n'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  it('reads what formatSize writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });
});

it('formatSize is short', () => {
  expect([0, 1, 1_000, 1_024, 2 ** 31].map(formatSize)).toEqual(['0B', '1B', '1kB', '1KiB', '2GiB']);
});
