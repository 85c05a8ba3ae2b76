/** Starts what is under test on a free loopback port, and stops it with the test. */

import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { compare } from 'bcryptjs';
import type { Router } from 'express';
import { onTestFinished } from 'vitest';
import type { TlsServerConfig } from '../../src/config/tls-server-config.ts';
import { NO_WEB_CONFIG } from '../../src/config/web-config.ts';
import { MedicError } from '../../src/core/errors.ts';
import { type AppOptions, createApp, listenerOf } from '../../src/http/app.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parseListenAddress } from '../../src/http/listen.ts';
import type { Users } from '../../src/http/password-verifier.ts';
import { HttpServer, type HttpServerOptions } from '../../src/http/server.ts';

/** Keeps what was logged. */
export class FakeLogger {
  readonly lines: { fields: object; message: string }[] = [];

  error(fields: object, message: string): void {
    this.lines.push({ fields, message });
  }
}

/** A server that is not started yet. */
export function makeServer(options: Partial<HttpServerOptions>): HttpServer {
  const server = new HttpServer({
    handler: (_request, response) => response.end('hello\n'),
    targets: [parseListenAddress('127.0.0.1:0')],
    logger: new FakeLogger(),
    ...options,
  });
  onTestFinished(() => server.stop(0));
  return server;
}

/** `host:port` of a started server. */
export async function serve(options: Partial<HttpServerOptions> = {}): Promise<string> {
  const [address] = await makeServer(options).start();
  if (address === undefined) throw new Error('no address');
  return address;
}

/** The base URL of an application with the path `/metrics` and what is given. */
export async function serveApp(options: TestAppOptions = {}): Promise<string> {
  const metrics: Router = endpoint('/metrics', { GET: (_request, response) => void response.send('up 1\n') });
  return `http://${await serve({ handler: makeApp({ routes: [metrics], ...options }) })}`;
}

export interface TestAppOptions extends Partial<AppOptions> {
  /** Of a web configuration that has nothing else. */
  readonly users?: Users;
}

/** An application without routes, and what is given. */
export function makeApp({ users = new Map(), ...options }: TestAppOptions): RequestListener {
  const app = createApp({
    routePrefix: '',
    webConfig: () => ({ ...NO_WEB_CONFIG.config, users }),
    comparePassword: compare,
    now: () => 0,
    openRoutes: [],
    routes: [],
    logger: new FakeLogger(),
    ...options,
  });
  return listenerOf(app);
}

/** What a `tls_server_config` has that says nothing. */
export const TLS_DEFAULTS = {
  clientAuth: { request: false, require: false, verify: false },
  clientAllowedSans: [],
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  cipherSuites: [],
  preferServerCipherSuites: true,
  curves: [],
} as const satisfies Partial<TlsServerConfig>;

/** Sends bytes as they are and returns everything that comes back until the server closes. */
export function sendRaw(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(bytes, 'latin1');
  });
}

/** `refused` is an error of ours; anything else that is thrown comes through. */
export function outcome(work: () => unknown): 'accepted' | 'refused' {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof MedicError) return 'refused';
    throw error;
  }
}
