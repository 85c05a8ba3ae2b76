/**
 * Answers with a list as JSON, some resources in a turn of the event loop: a hundred thousand runs are 80 MB. Called by the
 * routes of long lists.
 */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';

/** About 100 KB of JSON. */
const ITEMS_PER_PIECE = 100;

/** Whoever asked went away, in the middle or before it began: no failure of ours. */
const GONE: ReadonlySet<string | undefined> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE']);

/** @param key of the object that the list is in */
export async function sendList<T>(
  response: Response,
  key: string,
  items: readonly T[],
  resourceOf: (item: T) => object,
): Promise<void> {
  response.type('json');
  try {
    await pipeline(Readable.from(pieces(key, items, resourceOf)), response);
  } catch (error) {
    if (!GONE.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

async function* pieces<T>(
  key: string,
  items: readonly T[],
  resourceOf: (item: T) => object,
): AsyncGenerator<string, void> {
  yield `{${JSON.stringify(key)}:[`;
  for (let start = 0; start < items.length; start += ITEMS_PER_PIECE) {
    const texts = items.slice(start, start + ITEMS_PER_PIECE).map((item) => JSON.stringify(resourceOf(item)));
    yield (start === 0 ? '' : ',') + texts.join(',');
    await setImmediate();
  }
  yield ']}';
}
