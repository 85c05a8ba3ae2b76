/**
 * The connections to one JobManager address. Bounded by `CONNECTIONS` sockets, plus those of requests that were under way
 * when the certificates changed. Owned by one JobManager client.
 */

import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import { MedicError } from '../core/errors.ts';
import type { HttpAccess, TlsMaterial } from './http-access.ts';

const CONNECTIONS = 6;

export interface ConnectionsOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly access: Pick<HttpAccess, 'tls' | 'proxyUrl'>;
  /** How long opening a socket may take, in milliseconds. */
  readonly connectTimeoutMs: number;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  #dispatcher: Dispatcher | undefined;
  #fingerprint = '';
  #closed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /**
   * Where to send the next request. The certificates are read each time; when they are not the ones in use, new
   * connections replace the old, which end with their last request.
   *
   * @throws {MedicError} `connection` after `close`; whatever reading the certificates throws
   */
  async current(): Promise<Dispatcher> {
    const { origin, access } = this.#options;
    const material = (origin.startsWith('https:') && (await access.tls?.())) || {};
    if (this.#closed) {
      throw new MedicError('connection', 'the client is closed');
    }
    const fingerprint = fingerprintOf(material);
    if (this.#dispatcher === undefined || fingerprint !== this.#fingerprint) {
      void this.#dispatcher?.close();
      this.#dispatcher = this.#open(material);
      this.#fingerprint = fingerprint;
    }
    return this.#dispatcher;
  }

  /** Ends requests that are under way; idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#dispatcher?.destroy();
    this.#dispatcher = undefined;
  }

  #open(material: TlsMaterial): Dispatcher {
    const { origin, access, connectTimeoutMs } = this.#options;
    // Flink's netty server speaks HTTP/1.1 only, and HTTP/2 of a proxy before it would gain nothing.
    const connect = { ...material, timeout: connectTimeoutMs, allowH2: false };
    // The client's own deadline covers headers and body, finer than undici's timers do.
    const limits = { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0, allowH2: false };
    if (access.proxyUrl === undefined) {
      return new Pool(origin, { ...limits, connect });
    }
    return new ProxyAgent({
      ...limits,
      uri: access.proxyUrl,
      requestTls: connect,
      proxyTls: { timeout: connectTimeoutMs, allowH2: false },
    });
  }
}

function fingerprintOf({ ca, cert, key, servername, rejectUnauthorized }: TlsMaterial): string {
  return [ca, cert, key, servername, rejectUnauthorized].map(String).join('\0');
}
