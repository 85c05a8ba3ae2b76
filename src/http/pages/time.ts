/** Times and durations as people read them. */

import { html, type Html } from '../html.ts';

const SECOND = 1_000;
const UNITS = [
  ['d', 86_400 * SECOND],
  ['h', 3_600 * SECOND],
  ['min', 60 * SECOND],
  ['s', SECOND],
] as const;

/** The two largest units: `2 h 5 min`. */
export function durationText(ms: number): string {
  const first = UNITS.findIndex(([, length]) => ms >= length);
  if (first === -1) return '0 s';
  let rest = ms;
  const parts = UNITS.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? '' : `${String(count)} ${unit}`;
  });
  return parts.filter(Boolean).join(' ');
}

/** A little in the future is now: JobManagers have clocks of their own. */
function ageText(ms: number): string {
  if (ms <= -60 * SECOND) return `in ${durationText(-ms)}`;
  return ms < SECOND ? 'just now' : `${durationText(ms)} ago`;
}

/** @param time as the API gives it: RFC 3339, or a number where that cannot hold it */
export function timeTag(time: string): Html {
  if (Number.isNaN(Date.parse(time))) return html`${time}`;
  // RFC 3339 allows the space (5.6); seconds are enough to read.
  return html`<time datetime="${time}">${time.replace('T', ' ').replace(/\.\d+Z$/, 'Z')}</time>`;
}

/**
 * A time, and how long ago that was.
 *
 * @param now milliseconds
 */
export function when(time: string, now: number): Html {
  const at = Date.parse(time);
  return Number.isNaN(at) ? timeTag(time) : html`${timeTag(time)} <span class="age">${ageText(now - at)}</span>`;
}
