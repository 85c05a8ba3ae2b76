/** Stands for flink-medic: says on /metrics what it is told to say, and keeps what is posted to it. Ends with the test. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly message: {
    readonly status: string;
    readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
  };
}

export interface StandIn {
  /** `host:port` */
  readonly address: string;
  readonly received: readonly Received[];
  /** The whole page from now on. */
  say(lines: string): void;
}

export async function startStandIn(): Promise<StandIn> {
  const received: Received[] = [];
  let page = '';
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(page);
      return;
    }
    void text(request).then((body) => {
      const { authorization, 'content-type': type } = request.headers;
      const path = `${String(request.method)} ${String(request.url)}`;
      received.push({ headers: { authorization, type, path }, message: JSON.parse(body) as Received['message'] });
      response.writeHead(202).end();
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return { address: `127.0.0.1:${address.port}`, received, say: (lines) => void (page = lines) };
}
