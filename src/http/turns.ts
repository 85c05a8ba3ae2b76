/**
 * Long work in turns of the event loop, so that a list of a hundred thousand runs holds up neither scrapes nor observations.
 * Keeps nothing beyond the work; the lists of the API and the pages are made with it.
 */

import { setImmediate } from 'node:timers/promises';

/** Pieces of work, each the like of one comparison or one look at a run: one to three milliseconds. */
const PIECES_PER_TURN = 2000;

/** @returns to be called after so many pieces of work; resolves in another turn when this one has had enough */
export function turns(): (pieces: number) => Promise<void> {
  let done = 0;
  return async (pieces) => {
    done += pieces;
    if (done < PIECES_PER_TURN) return;
    done = 0;
    await setImmediate();
  };
}

/** Sorted at once, some thousands of comparisons. */
const PART = 500;

/** As `toSorted`: stable. */
export async function sortedInTurns<T>(all: readonly T[], compare: (a: T, b: T) => number): Promise<readonly T[]> {
  const afterWork = turns();
  let parts: (readonly T[])[] = [];
  for (let start = 0; start < all.length; start += PART) {
    parts.push(all.slice(start, start + PART).toSorted(compare));
    await afterWork(PIECES_PER_TURN);
  }
  while (parts.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      merged.push(await merge(parts[index] ?? [], parts[index + 1] ?? [], compare, afterWork));
    }
    parts = merged;
  }
  return parts[0] ?? [];
}

async function merge<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (a: T, b: T) => number,
  afterWork: (pieces: number) => Promise<void>,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let taken = 0;
  for (const value of one) {
    for (; taken < other.length; taken++) {
      const next = other[taken] as T;
      if (compare(value, next) <= 0) break;
      merged.push(next);
    }
    merged.push(value);
    if (merged.length % 100 === 0) await afterWork(100);
  }
  return merged.concat(other.slice(taken));
}
