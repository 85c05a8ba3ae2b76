/**
 * Answers with a list as JSON, some resources in a turn of the event loop: a hundred thousand runs are 80 MB, of which no
 * more than a few pieces are in memory. Called by the routes of long lists.
 */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** UTF-16 code units: less would cost a system call for little, more would be much for each of many who ask at once. */
const PIECE = 64 * 1024;
/** Pieces that wait for a slow reader. */
const PIECES_AHEAD = 2;

/** What reading a list may take, so that nobody holds it for ever. */
const READ_MS = 120_000;

/** Whoever asked went away, in the middle or before it began, or does not read on: no failure of ours. */
const GONE: ReadonlySet<string | undefined> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_UNABLE_TO_PIPE',
  'ABORT_ERR',
]);

/**
 * @param key of the object that the list is in
 * @param resourceOf undefined leaves the item out
 * @param afterWork called after each resource; resolves when the next may be made
 * @param readMs after which it is broken off
 */
export async function sendList<T>(
  response: Response,
  key: string,
  items: readonly T[],
  resourceOf: (item: T) => object | undefined,
  afterWork: () => Promise<void>,
  readMs = READ_MS,
): Promise<void> {
  response.type('json');
  try {
    const texts = pieces(key, items, resourceOf, afterWork);
    const signal = AbortSignal.timeout(readMs);
    await pipeline(Readable.from(texts, { highWaterMark: PIECES_AHEAD }), response, { signal });
  } catch (error) {
    if (!GONE.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

async function* pieces<T>(
  key: string,
  items: readonly T[],
  resourceOf: (item: T) => object | undefined,
  afterWork: () => Promise<void>,
): AsyncGenerator<string, void> {
  let text = `{${JSON.stringify(key)}:[`;
  let comma = '';
  for (const item of items) {
    const resource = resourceOf(item);
    if (resource !== undefined) {
      text += comma + JSON.stringify(resource);
      comma = ',';
    }
    if (text.length >= PIECE) {
      yield text;
      text = '';
    }
    await afterWork();
  }
  yield `${text}]}`;
}
