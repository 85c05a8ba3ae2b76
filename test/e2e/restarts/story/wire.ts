/**
 * Requests of flink-medic to fake JobManagers without sockets, so that a story runs in one process and in its own time.
 * Stands in for `src/flink/rest-client.ts`; keeps which exchange serves which host.
 */

import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { Answer } from '../../../../src/flink/answer.ts';
import type { SentFile } from '../../../../src/flink/multipart.ts';
import type { OrderOptions, RestClientOptions } from '../../../../src/flink/rest-client.ts';

export interface WireRequest {
  readonly host: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON text, or of an upload the bytes of the file. */
  readonly body: Buffer;
  readonly fileName?: string;
  readonly timeoutMs: number;
}

export type Exchange = (request: WireRequest) => Promise<Answer>;

const exchanges = new Map<string, Exchange>();

/** @returns a function that takes it away */
export function serve(host: string, exchange: Exchange): () => void {
  exchanges.set(host, exchange);
  return () => exchanges.delete(host);
}

type Read<T> = (answer: Answer) => T;

export class RestClient {
  readonly #host: string;
  readonly #onRequest: (() => void) | undefined;
  readonly #timeoutMs: number;

  constructor({ baseUrl, onRequest, timeoutMs }: RestClientOptions) {
    this.#host = new URL(baseUrl).hostname;
    this.#onRequest = onRequest;
    this.#timeoutMs = timeoutMs;
  }

  get<T>(path: string, read: Read<T>, signal?: AbortSignal): Promise<T> {
    return this.#send({ method: 'GET', path, body: Buffer.of(), timeoutMs: this.#timeoutMs }, read, signal);
  }

  post<T>(path: string, json: object, read: Read<T>, { timeoutMs, signal }: OrderOptions): Promise<T> {
    return this.#send({ method: 'POST', path, body: Buffer.from(JSON.stringify(json)), timeoutMs }, read, signal);
  }

  async postFile<T>(path: string, file: SentFile, read: Read<T>, { timeoutMs, signal }: OrderOptions): Promise<T> {
    const body = await buffer(Readable.from(file.bytes));
    return this.#send({ method: 'POST', path, body, fileName: file.name, timeoutMs }, read, signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #send<T>(request: Omit<WireRequest, 'host'>, read: Read<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    this.#onRequest?.();
    const exchange = exchanges.get(this.#host);
    // The rest of a flink-medic that was killed.
    if (exchange === undefined) return new Promise(() => undefined);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return read(await Promise.race([exchange({ host: this.#host, ...request }), aborted]));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}
