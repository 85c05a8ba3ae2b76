/** Starts what is under test on a free loopback port, and stops it with the test. */

import { connect } from 'node:net';
import type { Router } from 'express';
import { onTestFinished } from 'vitest';
import { MedicError } from '../../src/core/errors.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { parseListenAddress } from '../../src/http/listen.ts';
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
export async function serveApp(options: Partial<AppOptions> = {}): Promise<string> {
  const metrics: Router = endpoint('/metrics', { GET: (_request, response) => void response.send('up 1\n') });
  const handler = createApp({
    routePrefix: '',
    users: new Map(),
    openRoutes: [],
    routes: [metrics],
    logger: new FakeLogger(),
    ...options,
  });
  return `http://${await serve({ handler })}`;
}

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
