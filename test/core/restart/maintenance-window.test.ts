import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { describeWindow, isOpen } from '../../../src/core/restart/maintenance-window.ts';
import { type MaintenanceWindow, WEEKDAYS } from '../../../src/core/restart/policy.ts';

const MINUTE = 60_000;
const DAY = 1_440;

function window(change: Partial<MaintenanceWindow>): MaintenanceWindow {
  return { days: ['sat'], from: 22 * 60, to: 4 * 60, timeZone: 'UTC', ...change };
}

/** Which of these moments are inside. */
function inside(tested: MaintenanceWindow, ...moments: string[]): string[] {
  return moments.filter((moment) => isOpen(tested, Date.parse(moment)));
}

describe('a maintenance window', () => {
  it('is open from its first to before its last minute', () => {
    const day = window({ from: 9 * 60, to: 10 * 60 });
    const moments = ['08:59:59.999', '09:00:00', '09:59:59.999', '10:00:00'].map((time) => `2026-02-28T${time}Z`);
    expect(inside(day, ...moments)).toEqual(moments.slice(1, 3));
    expect(inside(day, '2026-02-27T09:30:00Z', '2026-03-01T09:30:00Z')).toEqual([]);
  });

  it('goes on after midnight, on the day after', () => {
    // 2026-02-28 is a Saturday, and the next day one of another month.
    const moments = ['02-28T21:59', '02-28T22:00', '03-01T00:00', '03-01T03:59', '03-01T04:00'].map(
      (time) => `2026-${time}:00Z`,
    );
    expect(inside(window({}), ...moments)).toEqual(moments.slice(1, 4));
    expect(inside(window({}), '2026-02-28T03:00:00Z', '2026-03-01T22:30:00Z')).toEqual([]);
  });

  it('lasts a day when it ends when it begins', () => {
    const all = window({ from: 60, to: 60 });
    expect(inside(all, '2026-02-28T00:59:00Z', '2026-02-28T01:00:00Z', '2026-03-01T00:59:00Z')).toHaveLength(2);
  });

  it('follows the wall clock when an hour is skipped', () => {
    // In Berlin 02:00 becomes 03:00 on 2026-03-29, a Sunday, at 01:00 UTC.
    const night = window({ days: ['sun'], from: 150, to: 240, timeZone: 'Europe/Berlin' });
    const moments = ['00:59', '01:00', '01:59', '02:00'].map((time) => `2026-03-29T${time}:00Z`);
    expect(inside(night, ...moments)).toEqual(moments.slice(1, 3));
    expect(inside({ ...night, from: 120, to: 180 }, ...moments)).toEqual([]);
  });

  it('is open in both hours when one is repeated', () => {
    // In Berlin 03:00 becomes 02:00 on 2026-10-25, a Sunday, at 01:00 UTC.
    const hour = window({ days: ['sun'], from: 120, to: 180, timeZone: 'Europe/Berlin' });
    const moments = ['2026-10-24T23:59:00Z', '2026-10-25T00:00:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'];
    expect(inside(hour, ...moments)).toEqual(moments.slice(1, 3));
  });

  it('has the weekday of its own time zone', () => {
    // Sunday, 00:30 in Tokyo.
    const sunday = window({ days: ['sun'], from: 0, to: 60, timeZone: 'Asia/Tokyo' });
    expect(inside(sunday, '2026-02-28T15:30:00Z')).toHaveLength(1);
    expect(inside({ ...sunday, timeZone: 'UTC' }, '2026-02-28T15:30:00Z')).toEqual([]);
  });

  it('is what arithmetic says, where no clock is ever changed', () => {
    const minutes = fc.nat({ max: DAY - 1 });
    const days = fc.subarray([...WEEKDAYS]);
    // 2026-03-01 is a Sunday: minute 0 of a week.
    const week = Date.parse('2026-03-01T00:00:00Z');
    fc.assert(
      fc.property(days, minutes, minutes, fc.nat({ max: 7 * DAY - 1 }), (on, from, to, minute) => {
        const length = (to - from + DAY) % DAY || DAY;
        const isInside = on.some(
          (day) => (minute - WEEKDAYS.indexOf(day) * DAY - from + 14 * DAY) % (7 * DAY) < length,
        );
        assert.equal(isOpen(window({ days: on, from, to }), week + minute * MINUTE), isInside);
      }),
    );
  });

  it('is described as in the configuration', () => {
    expect(describeWindow(window({ days: ['sat', 'sun'], from: 65 }))).toBe('sat, sun 01:05 to 04:00 UTC');
  });
});
