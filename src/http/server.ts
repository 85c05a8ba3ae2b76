/**
 * The listening server: one Node HTTP or HTTPS server for each address, all with the same handler. Keeps every open socket,
 * also those in a TLS handshake, which Node's own `closeAllConnections` does not know; bounded by MAX_CONNECTIONS and by
 * time-outs. Started and stopped by `src/app/`.
 */

import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { TlsServerConfig } from '../config/tls-server-config.ts';
import { MedicError } from '../core/errors.ts';
import { ConnectionShares } from './connection-shares.ts';
import { type ListenTarget, listen } from './listen.ts';
import { limitPipelining } from './pipelining.ts';
import type { ErrorLogger } from './problem.ts';
import { TlsServer } from './tls.ts';

/** Over all addresses. With files and requests of our own it stays below 1024, the usual `ulimit -n`. */
const MAX_CONNECTIONS = 512;

const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  // Longer than the usual scrape interval, so that Prometheus keeps its connection.
  keepAliveTimeout: 120_000,
};

/** Without a byte in either direction: a client that does not read its answer. */
const INACTIVITY_TIMEOUT_MS = 180_000;

export interface HttpServerOptions {
  readonly handler: RequestListener;
  readonly targets: readonly ListenTarget[];
  /** HTTPS when given. */
  readonly tls?: TlsServerConfig | undefined;
  readonly logger: ErrorLogger;
}

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #servers: Server[] = [];
  readonly #tlsServers: TlsServer[] = [];
  readonly #connections = new ConnectionShares(MAX_CONNECTIONS);
  #started: Promise<readonly string[]> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /**
   * Opens all addresses or none, and returns the actual ones as `host:port`. Asked again it returns the same; after a
   * failure it tries again.
   * @throws MedicError `listen` with the address that could not be opened, or when the server was stopped
   */
  start(): Promise<readonly string[]> {
    if (this.#stopped) return Promise.reject(new MedicError('listen', 'the server was stopped'));
    this.#started ??= this.#open();
    return this.#started;
  }

  /** Accepts nothing more, lets requests in flight end, and closes whatever is open after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #open(): Promise<readonly string[]> {
    const addresses: string[] = [];
    try {
      for (const target of this.#options.targets) {
        const server = this.#create();
        addresses.push(await listen(server, target));
        server.on('error', (error) =>
          this.#options.logger.error({ err: error, address: target.name }, 'Listener failed'),
        );
        this.#servers.push(server);
      }
      return addresses;
    } catch (error) {
      await this.#close(0);
      this.#started = undefined;
      throw error;
    }
  }

  /** Other certificates and ways to encrypt, for connections that come from now on. Nothing without HTTPS. */
  replaceTls(tls: TlsServerConfig): void {
    for (const server of this.#tlsServers) server.replace(tls);
  }

  #create(): Server {
    const server = this.#createEmpty();
    server.timeout = INACTIVITY_TIMEOUT_MS;
    server.on('connection', (socket: Socket) => this.#connections.admit(socket));
    // Node leaves a kept-alive connection open when its last request ends after `close()`.
    server.on('request', (_request, response) => {
      response.once('close', () => {
        if (!server.listening) server.closeIdleConnections();
      });
    });
    return server;
  }

  #createEmpty(): Server {
    const { tls } = this.#options;
    const handler = limitPipelining(this.#options.handler);
    if (tls === undefined) return createServer(LIMITS, handler);
    const tlsServer = new TlsServer(LIMITS, tls, handler);
    this.#tlsServers.push(tlsServer);
    return tlsServer.server;
  }

  async #stop(deadlineMs: number): Promise<void> {
    await this.#started?.catch(() => undefined);
    await this.#close(deadlineMs);
  }

  async #close(deadlineMs: number): Promise<void> {
    const closed = this.#servers
      .splice(0)
      .map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    const deadline = setTimeout(() => this.#connections.closeAll(), deadlineMs);
    await Promise.all(closed);
    clearTimeout(deadline);
  }
}
