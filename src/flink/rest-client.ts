/**
 * Requests to one server that answers with JSON documents. Keeps nothing but its connections; every request is bounded in
 * time, every answer in size, no redirect is followed and none is repeated. The JobManager client is a list of routes on
 * top of it.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { request } from 'undici';
import { MedicError } from '../core/errors.ts';
import type { Answer } from './answer.ts';
import { Connections } from './connections.ts';
import { withDeadline } from './deadline.ts';
import { optional } from './documents/fields.ts';
import type { HttpAccess } from './http-access.ts';
import { multipartOf, type SentFile } from './multipart.ts';
import { failureOf, messageOfFailure } from './request-failure.ts';

/** About a millisecond. */
const LARGE_BYTES = 64 * 1024;

export interface RestClientOptions {
  /** `http://host:port`, with a path when a reverse proxy serves Flink below one. */
  readonly baseUrl: string;
  /** For a whole GET request: reading secrets, connecting, headers and body. */
  readonly timeoutMs: number;
  /** Longest body that is read. */
  readonly maxResponseBytes: number;
  readonly http: HttpAccess;
  /** Resolves when a large answer may be parsed, which takes milliseconds; at once when left out. */
  readonly turn?: () => Promise<void>;
  /** Called for each request that is sent. */
  readonly onRequest?: () => void;
  /** Called with the length of each body that was read, in bytes. */
  readonly onBody?: (bytes: number) => void;
}

/** For a request that changes something. */
export interface OrderOptions {
  /** For the whole request, as above. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
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
   * @param headers besides those that every request has
   * @throws {MedicError} with a code of `OBSERVATION_FAILURES`; address and path in its message, never a credential
   * @throws the reason of `signal`, when that was aborted
   */
  get<T>(
    path: string,
    read: (answer: Answer) => T,
    signal?: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return this.#send({ method: 'GET', path, headers }, read, this.#options.timeoutMs, signal);
  }

  /**
   * Sends `json` once, whatever happens. An error with a `status` was answered by the server; after one without it is not
   * known whether the server acted.
   *
   * @throws as `get` does
   */
  post<T>(path: string, json: object, read: (answer: Answer) => T, { timeoutMs, signal }: OrderOptions): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#send({ method: 'POST', path, headers, body: JSON.stringify(json) }, read, timeoutMs, signal);
  }

  /**
   * Sends a file as form data, once. When its bytes fail to come, the request breaks off and is never complete at the server.
   *
   * @throws as `get` does; with what `file.bytes` threw as `cause`
   */
  postFile<T>(
    path: string,
    file: SentFile,
    read: (answer: Answer) => T,
    { timeoutMs, signal }: OrderOptions,
  ): Promise<T> {
    return this.#send({ method: 'POST', path, ...multipartOf(file) }, read, timeoutMs, signal);
  }

  /** Ends requests that are under way; idempotent. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #send<T>(
    sent: Sent,
    read: (answer: Answer) => T,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    try {
      return read(await withDeadline(timeoutMs, signal, (ended) => this.#exchange(sent, ended)));
    } catch (error) {
      // Who aborts does not want to hear of a failure.
      signal?.throwIfAborted();
      throw this.#located(sent.path, error);
    } finally {
      if (typeof sent.body === 'object') sent.body.destroy();
    }
  }

  async #exchange({ path, method, body, headers }: Sent, signal: AbortSignal): Promise<Answer> {
    const dispatcher = await secret('tls', () => this.#connections.current());
    const authorization = await secret('unauthorized', async () => this.#options.http.authorization?.());
    signal.throwIfAborted();
    this.#options.onRequest?.();
    const answer = await request(`${this.#origin}${this.#prefix}${path}`, {
      dispatcher,
      signal,
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'flink-medic',
        ...headers,
        ...optional('authorization', authorization),
      },
      ...optional('body', body),
    });
    const location = typeof answer.headers.location === 'string' ? answer.headers.location : undefined;
    return {
      status: answer.statusCode,
      ...optional('location', location),
      ...optional('validator', validatorOf(answer.headers)),
      json: await this.#json(answer.body),
    };
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
    this.#options.onBody?.(bytes);
    if (bytes >= LARGE_BYTES) await this.#options.turn?.();
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

/** Both times are the server's, in whole seconds. */
function validatorOf({ date, 'last-modified': modified }: IncomingHttpHeaders): string | undefined {
  if (typeof modified !== 'string' || typeof date !== 'string') return undefined;
  return Date.parse(date) - Date.parse(modified) > 1_000 ? modified : undefined;
}

/** Runs a step that reads secret files; a failure of it has the code of what the secret is for. */
async function secret<T>(code: 'tls' | 'unauthorized', read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof MedicError ? error : new MedicError(code, messageOfFailure(error), { cause: error });
  }
}
