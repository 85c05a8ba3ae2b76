/**
 * GET requests for JSON documents of one server. Keeps nothing but its connections; every request is bounded in time and
 * size, no redirect is followed and none is repeated. The JobManager client is a list of routes on top of it.
 */

import { request } from 'undici';
import { MedicError } from '../core/errors.ts';
import type { Answer } from './answer.ts';
import { Connections } from './connections.ts';
import { withDeadline } from './deadline.ts';
import { optional } from './documents/fields.ts';
import type { HttpAccess } from './http-access.ts';
import { failureOf, messageOfFailure } from './request-failure.ts';

export interface RestClientOptions {
  /** `http://host:port`, with a path when a reverse proxy serves Flink below one. */
  readonly baseUrl: string;
  /** For a whole request: reading secrets, connecting, headers and body. */
  readonly timeoutMs: number;
  /** Longest body that is read. */
  readonly maxResponseBytes: number;
  readonly http: HttpAccess;
  /** Called for each request that is sent. */
  readonly onRequest?: () => void;
}

export class RestClient {
  readonly #options: RestClientOptions;
  readonly #connections: Connections;
  readonly #origin: string;
  readonly #prefix: string;

  /** @throws {TypeError} when `baseUrl` is not a URL */
  constructor(options: RestClientOptions) {
    const url = new URL(options.baseUrl);
    this.#options = options;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#connections = new Connections({
      origin: url.origin,
      access: options.http,
      connectTimeoutMs: options.timeoutMs,
    });
  }

  /**
   * @param path from the root of Flink's REST interface, with its query
   * @param read makes the result of the answer; a `MedicError` that it throws gets the address added
   * @throws {MedicError} with a code of `OBSERVATION_FAILURES`; address and path in its message, never a credential
   * @throws the reason of `signal`, when that was aborted
   */
  async get<T>(path: string, read: (answer: Answer) => T, signal?: AbortSignal): Promise<T> {
    try {
      return read(await withDeadline(this.#options.timeoutMs, signal, (ended) => this.#exchange(path, ended)));
    } catch (error) {
      // Who aborts does not want to hear of a failure.
      signal?.throwIfAborted();
      throw this.#located(path, error);
    }
  }

  /** Ends requests that are under way; idempotent. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #exchange(path: string, signal: AbortSignal): Promise<Answer> {
    const dispatcher = await secret('tls', () => this.#connections.current());
    const authorization = await secret('unauthorized', async () => this.#options.http.authorization?.());
    signal.throwIfAborted();
    this.#options.onRequest?.();
    const { statusCode, headers, body } = await request(`${this.#origin}${this.#prefix}${path}`, {
      dispatcher,
      signal,
      headers: { accept: 'application/json', 'user-agent': 'flink-medic', ...optional('authorization', authorization) },
    });
    const location = typeof headers.location === 'string' ? headers.location : undefined;
    return { status: statusCode, ...optional('location', location), json: await this.#json(body) };
  }

  // Counted here, because undici's own limit is not passed on to a proxy's connection.
  async #json(body: AsyncIterable<Buffer>): Promise<unknown> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > this.#options.maxResponseBytes) {
        throw new MedicError('too_large', `the body is larger than ${this.#options.maxResponseBytes} bytes`);
      }
      chunks.push(chunk);
    }
    try {
      return JSON.parse(Buffer.concat(chunks).toString());
    } catch {
      return undefined;
    }
  }

  #located(path: string, error: unknown): MedicError {
    const where = `${this.#origin}${this.#prefix}${path}`;
    if (error instanceof MedicError) {
      return new MedicError(error.code, `${where}: ${error.message}`, {
        cause: error.cause,
        ...optional('status', error.status),
      });
    }
    return new MedicError(failureOf(error), `${where}: ${messageOfFailure(error)}`, { cause: error });
  }
}

/** Runs a step that reads secret files; a failure of it has the code of what the secret is for. */
async function secret<T>(code: 'tls' | 'unauthorized', read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof MedicError ? error : new MedicError(code, messageOfFailure(error), { cause: error });
  }
}
