/**
 * Sends pages of metrics in the form that the scraper asked for. A page is pieces that exist already: they go to the
 * socket as they are, or as what they were compressed to. Keeps that (`PageCompressor`), and the places of pages under
 * way, which bound what scrapers that do not read can make it hold: pieces that nothing else shows any more. Made by the
 * composition root; the routes call it.
 */

import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { PageRequest } from '../../metrics/exposition.ts';
import { negotiate } from '../../metrics/negotiate.ts';
import { AnswerPlaces } from '../answer-places.ts';
import { PageCompressor } from '../page-compressor.ts';

export type MakePage = (format: PageRequest['format']) => Promise<readonly Buffer[]>;

export interface SenderLimits {
  /** Pages under way; more are answered with 503. node_exporter's `--web.max-requests` is as much. */
  readonly pages: number;
  /** Of them for one client address, so that one who does not read leaves some to the others. */
  readonly pagesOfAddress: number;
  /** What reading a page may take; Prometheus gives up after its `scrape_timeout`, by default 10 s. */
  readonly readMs: number;
}

const LIMITS: SenderLimits = { pages: 40, pagesOfAddress: 20, readMs: 120_000 };

/** Bytes that are written at once: some 0.2 ms, after which the event loop gets its turn. */
const BATCH = 512 * 1024;
/** With more pieces in a batch it takes less to join them than to hand them over. */
const MAX_PIECES = 64;

export class ExpositionSender {
  readonly #limits: SenderLimits;
  readonly #compressor = new PageCompressor();
  readonly #places: AnswerPlaces;

  constructor(limits: SenderLimits = LIMITS) {
    this.#limits = limits;
    this.#places = new AnswerPlaces({
      places: limits.pages,
      placesOfAddress: limits.pagesOfAddress,
      what: 'pages of metrics',
      advice: 'Let fewer scrapers ask at once.',
    });
  }

  send(request: Request, response: Response, makePage: MakePage): Promise<void> {
    return this.#places.answer(request, response, () => this.#send(request, response, makePage));
  }

  async #send(request: Request, response: Response, makePage: MakePage): Promise<void> {
    const { format, contentType } = negotiate(request.headers.accept);
    const page = await makePage(format);
    response.set({ 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' });
    const gzip = request.acceptsEncodings('gzip') === 'gzip';
    if (gzip) response.set('Content-Encoding', 'gzip');
    else response.set('Content-Length', String(page.reduce((bytes, piece) => bytes + piece.length, 0)));
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    try {
      await write(gzip ? this.#compressor.compress(page) : batches(page), response, this.#limits.readMs);
    } catch (error) {
      // A scraper that goes away in the middle, or never reads on, is no failure of ours.
      if (!response.destroyed) throw error;
    }
  }
}

async function write(
  page: Iterable<readonly Buffer[]> | AsyncIterable<readonly Buffer[]>,
  response: Response,
  readMs: number,
): Promise<void> {
  const gone = new AbortController();
  const patience = setTimeout(() => response.destroy(), readMs);
  const closed = (): void => {
    clearTimeout(patience);
    gone.abort();
  };
  response.once('close', closed);
  if (response.destroyed) closed();
  for await (const batch of page) {
    gone.signal.throwIfAborted();
    response.cork();
    for (const piece of batch.length > MAX_PIECES ? [Buffer.concat(batch)] : batch) response.write(piece);
    response.uncork();
    if (response.writableNeedDrain) await once(response, 'drain', { signal: gone.signal });
    await setImmediate();
  }
  response.end();
}

/** The pieces in groups of at least `BATCH` bytes, the last one excepted. */
function* batches(page: readonly Buffer[]): Generator<Buffer[]> {
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const piece of page) {
    batch.push(piece);
    bytes += piece.length;
    if (bytes < BATCH) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (bytes > 0) yield batch;
}
