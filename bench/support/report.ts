/** What every benchmark prints the same way: the machine, medians, and a ratio to a base of the same run. */

import { cpus, totalmem } from 'node:os';

/** One line that says on what the figures were taken. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory} GiB, Node ${process.versions.node}`;
}

/** The middle one; of an even number the lower of the two in the middle, so that it is one that was measured. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? Number.NaN;
}

/** How many times `base` is `value`, as text; a floor that is demanded of it is named, and whether it holds. */
export function ratio(base: number, value: number, floor?: number): string {
  const times = base / value;
  const shown = `${times.toFixed(1)} times`;
  if (floor === undefined) return shown;
  return `${shown} (${times >= floor ? 'at least' : 'BELOW'} ${floor})`;
}
