/**
 * A proxy in front of a JobManager that lets submissions through only two at a time: whoever submits has looked before
 * anybody else's could be seen. Everything else passes. Used by the test of two flink-medics.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { request } from 'undici';
import { freePorts } from '../../../real-flink/ports.ts';

/** One that stays alone for so long goes on, and the test fails for it. */
const ALONE_MS = 30_000;

export class Turnstile {
  readonly url: string;
  readonly #upstream: string;
  readonly #server = createServer((incoming, outgoing) => void this.#relay(incoming, outgoing));
  #waiting: (() => void) | undefined;
  /** How many went through together with another. */
  pairs = 0;

  private constructor(upstream: string, port: number) {
    this.#upstream = upstream;
    this.url = `http://127.0.0.1:${String(port)}`;
    this.#server.listen(port, '127.0.0.1');
  }

  static async start(upstream: string): Promise<Turnstile> {
    const turnstile = new Turnstile(upstream, (await freePorts(1))());
    await once(turnstile.#server, 'listening');
    return turnstile;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #relay(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { url = '/', method = 'GET', headers } = incoming;
    const { host: _host, connection: _connection, 'transfer-encoding': _chunked, ...passed } = headers;
    try {
      const body = await buffer(incoming);
      if (method === 'POST' && url.endsWith('/run')) await this.#another();
      const answer = await request(this.#upstream + url, {
        method,
        headers: passed,
        body: body.length > 0 ? body : null,
      });
      outgoing.writeHead(answer.statusCode, answer.headers).end(await buffer(answer.body));
    } catch (error) {
      outgoing.writeHead(502).end(String(error));
    }
  }

  /** Waits for a second one. */
  async #another(): Promise<void> {
    if (this.#waiting !== undefined) {
      this.#waiting();
      this.#waiting = undefined;
      this.pairs += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const alone = setTimeout(resolve, ALONE_MS);
    this.#waiting = resolve;
    await promise.finally(() => clearTimeout(alone));
  }
}
