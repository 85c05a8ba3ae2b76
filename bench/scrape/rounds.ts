/**
 * What the servers of the benchmark have in common: they serve on loopback and do one round at a time, on the word of the
 * process that scrapes them. What counts is the processor time of the thread that the event loop runs on, from the change
 * until the last byte is written: what else the machine does disturbs it little.
 */

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the scraper says before each scrape. */
export interface Order {
  /** Of the live runs that change before it; 0 for none. */
  readonly changed: number;
  /** Measure blocks: takes processor time itself, so that the rest does not count. */
  readonly blocks: boolean;
}

/** Milliseconds of processor time on the event loop. */
export interface Figures {
  readonly busy: number;
  /** The longest turn of the event loop; 0 when it was not measured. */
  readonly longestBlock: number;
}

/** What a server says: where it is, then in each round that the change is shown, and what the round took. */
export type Report = { readonly url: string } | { readonly shown: true } | Figures;

/** @param change lets a share of the live runs change, and returns what shows it: only the latter is measured */
export async function serve(handler: RequestListener, change: (share: number) => () => void): Promise<void> {
  let end: (() => Figures) | undefined;
  const server = createServer((request, response) => {
    response.once('close', () => {
      if (end !== undefined) say(end());
    });
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', ({ changed, blocks }: Order) => {
    const show = changed === 0 ? () => undefined : change(changed);
    globalThis.gc?.();
    end = begin(blocks);
    show();
    say({ shown: true });
  });
  process.on('disconnect', () => process.exit());
  say({ url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/metrics` });
}

function say(report: Report): void {
  process.send?.(report);
}

function begin(blocks: boolean): () => Figures {
  const start = processorTime();
  let longestBlock = 0;
  let lastTurn = start;
  let ended = false;
  const turn = (): void => {
    const now = processorTime();
    longestBlock = Math.max(longestBlock, now - lastTurn);
    lastTurn = now;
    if (!ended) setImmediate(turn);
  };
  if (blocks) setImmediate(turn);
  return () => {
    ended = true;
    if (blocks) turn();
    return { busy: processorTime() - start, longestBlock };
  };
}

/** Of this thread, milliseconds. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}
