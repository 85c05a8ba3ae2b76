/**
 * An in-process JobManager on loopback that shows a FakeCluster over Flink's REST interface. Several of them can show the
 * same cluster, as the members of an HA set do. Keeps a log of the requests; `stop` leaves no socket and no timer.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { FakeCluster } from './fake-cluster.ts';
import { type Fault, Faults, isBefore } from './faults.ts';
import { respond } from './faulty-response.ts';
import { FakeProcess } from './fake-process.ts';
import { JAR_ROUTES, type JarRoute } from './jar-routes.ts';
import { failure, type Reply, ROUTES } from './routes.ts';

export interface FakeJobManagerOptions {
  /** An address that was used before; a free one when left out. */
  readonly port?: number;
  /** As behind a reverse proxy: `/flink/prod`. */
  readonly pathPrefix?: string;
  /** Called when a request arrives, after it is logged. */
  readonly onRequest?: (request: LoggedRequest) => void;
  /** Serve https. `requestCert` with `ca` and `rejectUnauthorized` asks for client certificates. */
  readonly tls?: Pick<ServerOptions, 'key' | 'cert' | 'ca' | 'requestCert' | 'rejectUnauthorized'>;
}

export interface LoggedRequest {
  readonly method: string;
  /** With query, as sent. */
  readonly path: string;
  /** The pattern, `/jobs/:jobid`; the path itself where there is no such route. */
  readonly route: string;
  readonly authorization: string | undefined;
}

export class FakeJobManager {
  readonly faults = new Faults();
  readonly requests: LoggedRequest[] = [];
  /** Requests that were neither answered nor given up. */
  underWay = 0;
  /** What a leader says; 503 while a leader is elected; 500 as a standby does right after the leader was killed. */
  mode: 'ready' | 'electing' | 'failing' = 'ready';
  /** The `Authorization` header that is wanted; others get 401. */
  authorization: string | undefined;
  /** Stays after `stop`, for the next one to be started on. */
  port = 0;
  process = new FakeProcess();
  readonly #cluster: FakeCluster;
  readonly #options: FakeJobManagerOptions;
  readonly #server: Server;

  private constructor(cluster: FakeCluster, options: FakeJobManagerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer);
  }

  /** @returns when it listens */
  static async start(cluster: FakeCluster, options: FakeJobManagerOptions = {}): Promise<FakeJobManager> {
    const jobManager = new FakeJobManager(cluster, options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    jobManager.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    await promise;
    const address = jobManager.#server.address();
    jobManager.port = typeof address === 'object' && address !== null ? address.port : 0;
    return jobManager;
  }

  /** Without a slash at the end. */
  get baseUrl(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}${this.#options.pathPrefix ?? ''}`;
  }

  /** How often `route` was asked; all requests when left out. */
  count(route?: string): number {
    return this.requests.filter((request) => route === undefined || request.route === route).length;
  }

  /** Another process takes over the address: its jars are gone, and what it was doing. */
  replaceProcess(): void {
    this.process.alive = false;
    this.process = new FakeProcess();
  }

  /** As a SIGKILL does: open connections break, new ones are refused. */
  async stop(): Promise<void> {
    this.process.alive = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/', headers } = request;
    const { pathname, searchParams } = new URL(url, 'http://flink');
    const { pathPrefix = '' } = this.#options;
    const path = pathname.startsWith(`${pathPrefix}/`) ? pathname.slice(pathPrefix.length).replace(/^\/v1\//, '/') : '';
    const { pattern, id } = match(path, method);
    const logged = { method, path: url, route: pattern, authorization: headers.authorization };
    this.requests.push(logged);
    this.underWay += 1;
    response.once('close', () => (this.underWay -= 1));
    this.#options.onRequest?.(logged);
    const fault = this.faults.take(pattern);
    if (isBefore(fault)) return respond(response, failure(500, 'Internal server error.'), fault);
    const refusal = this.#refusal(headers.authorization);
    const jarRoute = this.#cluster.webSubmit ? JAR_ROUTES.get(`${method} ${pattern}`) : undefined;
    if (refusal === undefined && jarRoute !== undefined) {
      void this.#answerOfJars(jarRoute, id, request, response, fault);
      return;
    }
    const reply =
      refusal ??
      ROUTES.get(pattern)?.(this.#cluster, id, searchParams, this.process) ??
      failure(404, `Unable to load requested file ${pattern}.`);
    respond(response, reply, fault);
  }

  /** What the request does is done, whoever still listens. */
  async #answerOfJars(
    route: JarRoute,
    jarId: string,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    let body: Buffer;
    try {
      body = await buffer(request);
    } catch {
      // Broken off: what has not arrived whole was never there.
      return;
    }
    const contentType = request.headers['content-type'] ?? '';
    const reply = await route({ cluster: this.#cluster, process: this.process, jarId, body, contentType });
    if (!response.destroyed) respond(response, reply, fault);
  }

  #refusal(authorization: string | undefined): Reply | undefined {
    if (this.authorization !== undefined && authorization !== this.authorization) return failure(401, 'Unauthorized');
    if (this.mode === 'failing') return failure(500, 'Internal server error.');
    if (this.mode === 'electing') {
      return failure(503, 'Service temporarily unavailable due to an ongoing leader election. Please refresh.');
    }
    return undefined;
  }
}

/** The pattern of a path, with the id that stands in it. */
function match(path: string, method: string): { readonly pattern: string; readonly id: string } {
  const isRoute = (pattern: string): boolean => ROUTES.has(pattern) || JAR_ROUTES.has(`${method} ${pattern}`);
  if (isRoute(path)) return { pattern: path, id: '' };
  const [, first, id = '', ...rest] = path.split('/');
  const pattern = ['', first, first === 'jars' ? ':jarid' : ':jobid', ...rest].join('/');
  return isRoute(pattern) ? { pattern, id: decodeURIComponent(id) } : { pattern: path, id: '' };
}
