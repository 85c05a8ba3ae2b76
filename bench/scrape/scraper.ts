/** Scrapes one server of the benchmark, which is a process of its own, round by round. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'undici';
import type { Figures, Order, Report } from './rounds.ts';

/** What a scrape asks for. */
export interface Wanted {
  readonly format: 'text' | 'openmetrics';
  readonly gzip: boolean;
}

export interface Scraped extends Figures {
  readonly bytes: number;
}

const ACCEPT = { text: 'text/plain; version=0.0.4', openmetrics: 'application/openmetrics-text; version=1.0.0' };

export class Scraper implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended = new AbortController();
  #url = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.once('exit', () => this.#ended.abort(new Error('a server of the benchmark has ended')));
  }

  /** @param file of this folder, to be run with `argument` */
  static async start(file: string, argument: string, heapMiB: number): Promise<Scraper> {
    const flags = ['--expose-gc', `--max-old-space-size=${String(heapMiB)}`];
    const scraper = new Scraper(fork(new URL(file, import.meta.url), [argument], { execArgv: flags }));
    const { url } = await scraper.#told('url');
    scraper.#url = url;
    return scraper;
  }

  /**
   * One round: the change is shown, and the page read to its end.
   *
   * @param take is given the page, piece by piece
   */
  async scrape(order: Order, wanted: Wanted, take: (piece: Buffer) => void = () => undefined): Promise<Scraped> {
    this.#child.send(order);
    await this.#told('shown');
    const figures = this.#told('busy');
    const headers = { accept: ACCEPT[wanted.format], 'accept-encoding': wanted.gzip ? 'gzip' : 'identity' };
    const { body, statusCode } = await request(this.#url, { headers, headersTimeout: 0, bodyTimeout: 0 });
    if (statusCode !== 200) throw new Error(`the page was answered with ${String(statusCode)}`);
    let bytes = 0;
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      take(piece);
    }
    return { ...(await figures), bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  /** The next report, which must be one with this key. */
  async #told<Key extends 'url' | 'shown' | 'busy'>(key: Key): Promise<Extract<Report, Record<Key, unknown>>> {
    const [report] = (await once(this.#child, 'message', { signal: this.#ended.signal })) as [Report];
    if (!(key in report)) throw new Error(`a server of the benchmark said ${JSON.stringify(report)} and not ${key}`);
    return report as Extract<Report, Record<Key, unknown>>;
  }
}
