/** Sends a page of metrics in the form that the scraper asked for; compressed off the main thread when it accepts gzip. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Request, Response } from 'express';
import type { PageRequest } from '../../metrics/exposition.ts';
import { negotiate } from '../../metrics/negotiate.ts';

export type MakePage = (format: PageRequest['format']) => Promise<Iterable<Buffer>>;

export async function sendExposition(request: Request, response: Response, makePage: MakePage): Promise<void> {
  const { format, contentType } = negotiate(request.headers.accept);
  const page = Readable.from(await makePage(format), { objectMode: false });
  response.set({ 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' });
  const gzip = request.acceptsEncodings('gzip') === 'gzip';
  if (gzip) response.set('Content-Encoding', 'gzip');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    // Level 1: ten times smaller for a third of the time of level 6 (docs/adr/0002).
    if (gzip) await pipeline(page, createGzip({ level: constants.Z_BEST_SPEED }), response);
    else await pipeline(page, response);
  } catch (error) {
    // A scraper that goes away in the middle is no failure of ours.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
