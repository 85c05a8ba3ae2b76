/**
 * Sends a reply, with or without a fault. Keeps the timers of answers under way, which end with their connection: closing
 * the server's connections leaves nothing behind.
 */

import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import { LONG_MAX } from './render-checkpoints.ts';
import { failure, type Reply } from './routes.ts';

/** @param reply the right answer */
export function respond(response: ServerResponse, reply: Reply, fault: Fault | undefined): void {
  switch (fault?.kind) {
    case undefined:
      return send(response, reply.status, encode(reply.body));
    case 'delay':
      return untilClosed(
        response,
        setTimeout(() => send(response, reply.status, encode(reply.body)), fault.ms),
      );
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cut':
      return cut(response, encode(reply.body));
    case 'status':
      return send(response, fault.status, fault.body ?? encode(failure(fault.status, 'injected').body), fault.headers);
    case 'body':
      return send(response, 200, fault.body);
    case 'huge':
      return send(response, 200, JSON.stringify('x'.repeat(Math.max(0, fault.bytes - 2))));
    case 'drip':
      return drip(response, encode(reply.body), fault.everyMs);
  }
}

/** JSON as Java writes it: doubles of that size are longs. */
export function encode(body: unknown): string {
  return JSON.stringify(body).replaceAll(String(Number(LONG_MAX)), LONG_MAX);
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
  response.end(body);
}

function cut(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
  response.write(body.slice(0, body.length / 2), () => response.socket?.resetAndDestroy());
}

function drip(response: ServerResponse, body: string, everyMs: number): void {
  let sent = 0;
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => {
    response.write(body.slice(sent, ++sent));
    if (sent >= body.length) response.end();
  }, everyMs);
  untilClosed(response, timer);
}

function untilClosed(response: ServerResponse, timer: NodeJS.Timeout): void {
  response.once('close', () => clearTimeout(timer));
}
