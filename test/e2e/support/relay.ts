/** A proxy in front of flink-medic that drops `Accept`, as some do. Ends with the test that starts it. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dispatcher, request } from 'undici';

export interface Relay extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  /** `Content-Type` of the answers that went through. */
  readonly contentTypes: ReadonlySet<string>;
}

/** @param dispatcher for an upstream with a certificate of its own */
export async function startRelay(upstream: string, dispatcher: Dispatcher): Promise<Relay> {
  const contentTypes = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const { accept: _dropped, host: _host, connection: _connection, ...headers } = incoming.headers;
    request(`${upstream}${incoming.url ?? '/'}`, { dispatcher, headers }).then(
      (answer) => {
        contentTypes.add(String(answer.headers['content-type']));
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.body.pipe(outgoing);
      },
      (error: unknown) => outgoing.writeHead(502).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    contentTypes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
