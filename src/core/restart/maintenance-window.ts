/** Maintenance windows follow the clock on the wall of their time zone, whatever daylight saving time does to it. */

import { type MaintenanceWindow, type Weekday, WEEKDAYS } from './policy.ts';

/**
 * Whether a window is open at `at` (milliseconds). An hour that the clock skips is in no window, one that it repeats is
 * in it both times.
 */
export function isOpen({ days, from, to, timeZone }: MaintenanceWindow, at: number): boolean {
  const { day, minutes } = wallClock(at, timeZone);
  if (from < to) return days.includes(day) && from <= minutes && minutes < to;
  return (days.includes(day) && minutes >= from) || (days.includes(dayBefore(day)) && minutes < to);
}

/** As in the configuration, for people. */
export function describeWindow({ days, from, to, timeZone }: MaintenanceWindow): string {
  return `${days.join(', ')} ${clockText(from)} to ${clockText(to)} ${timeZone}`;
}

function wallClock(at: number, timeZone: string): { readonly day: Weekday; readonly minutes: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = parts.get('weekday')?.toLowerCase() as Weekday;
  return { day, minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

function dayBefore(day: Weekday): Weekday {
  // `at` counts from the end for -1.
  return WEEKDAYS.at(WEEKDAYS.indexOf(day) - 1) ?? day;
}

function clockText(minutes: number): string {
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
