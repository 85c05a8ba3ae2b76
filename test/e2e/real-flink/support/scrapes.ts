/**
 * Every scrape in a while, four a second: what must never have been shown is looked for in all of them. A page is some
 * hundred lines, so minutes fit into memory. Ends with `await using`.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { linesOfJob, type WatchingMedic } from '../watching-medic.ts';

const EVERY_MS = 250;

export class Scrapes implements AsyncDisposable {
  readonly #pages: (readonly string[])[] = [];
  readonly #stop = new AbortController();
  readonly #scraping: Promise<void>;

  constructor(medic: Pick<WatchingMedic, 'lines'>) {
    this.#scraping = this.#scrape(medic);
  }

  get count(): number {
    return this.#pages.length;
  }

  /** The lines that match, each once, from any scrape. */
  ever(pattern: RegExp): string[] {
    return [...new Set(this.#pages.flat().filter((line) => pattern.test(line)))];
  }

  /** The same of one job, as `linesOf` shows them. */
  everOf(jobId: string, pattern: RegExp): string[] {
    return [...new Set(this.#pages.flatMap((page) => linesOfJob(page, jobId)).filter((line) => pattern.test(line)))];
  }

  /** The values of one sample of a job, oldest first; undefined where a scrape has none. */
  valuesOf(jobId: string, sample: string): (number | undefined)[] {
    return this.#pages.map((page) => {
      const line = linesOfJob(page, jobId).find((each) => each.startsWith(`${sample} `));
      return line === undefined ? undefined : Number(line.slice(sample.length + 1));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#scraping;
  }

  async #scrape(medic: Pick<WatchingMedic, 'lines'>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#pages.push(await medic.lines());
      await pause(EVERY_MS);
    }
  }
}
