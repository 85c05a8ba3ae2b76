import { expect, test } from 'vitest';
import { durationText, when } from '../../../src/http/pages/time.ts';

const S = 1_000;
const H = 3_600 * S;

test('durations have their two largest units', () => {
  expect([0, 999, S, 61 * S, 60 * S, H, 2 * H + 5 * 60 * S + S, 50 * H, 24 * H + S].map(durationText)).toEqual([
    '0 s',
    '0 s',
    '1 s',
    '1 min 1 s',
    '1 min',
    '1 h',
    '2 h 5 min',
    '2 d 2 h',
    '1 d',
  ]);
});

test('times are exact for programs, and have an age for people', () => {
  const now = Date.UTC(2026, 0, 1, 1);
  const age = (time: string): string => /<span class="age">(.*)<\/span>/.exec(when(time, now).text)?.[1] ?? '';
  expect(when('2026-01-01T00:00:00.123Z', now).text).toBe(
    '<time datetime="2026-01-01T00:00:00.123Z">2026-01-01 00:00:00Z</time> <span class="age">59 min 59 s ago</span>',
  );
  expect(age('2026-01-01T01:00:00.000Z')).toBe('just now');
  // Clocks differ a little.
  expect(age('2026-01-01T01:00:30.000Z')).toBe('just now');
  expect(age('2026-01-01T02:30:00.000Z')).toBe('in 1 h 30 min');
});

test('what no date can hold is shown as it came', () => {
  expect(when('8640000000000001', 0).text).toBe('8640000000000001');
});
