/**
 * A proxy between flink-medic and a JobManager that holds up the first submission: what a network does to a request whose
 * sender is killed. Only its answer is lost; the request itself arrives. Ends with `await using`.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface CrashRelay extends AsyncDisposable {
  readonly url: string;
  /** The submission is on its way, or its answer is. */
  readonly held: Promise<void>;
  /** Lets it arrive. */
  release(): void;
}

const RUN = /^\/jars\/[^/]+\/run$/;
const HOP_BY_HOP = new Set(['connection', 'content-length', 'expect', 'host', 'keep-alive', 'transfer-encoding']);

/** @param jobManager its URL */
export async function startCrashRelay(jobManager: string, hold: 'request' | 'answer'): Promise<CrashRelay> {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isFirst = true;

  function arrest(): Promise<void> {
    held.resolve();
    return released.promise;
  }

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const body = await buffer(incoming);
    const isHeld = isFirst && method === 'POST' && RUN.test(url);
    if (isHeld) isFirst = false;
    if (isHeld && hold === 'request') await arrest();
    const headers = Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.has(name));
    const answer = await fetch(jobManager + url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    if (isHeld && hold === 'answer') await arrest();
    outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
  }

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    held: held.promise,
    release: released.resolve,
    async [Symbol.asyncDispose]() {
      released.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
