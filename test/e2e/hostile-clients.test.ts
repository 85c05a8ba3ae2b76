/** Strangers who reach the port of the real program: thousands of connections that say nothing, and passwords guessed without pause. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { Agent, request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from './support/medic.ts';
import { MedicProcess } from './support/medic-process.ts';

/** Loopback is a whole network: the stranger has an address of his own. */
const STRANGER = '127.0.0.2';
const WAVE = 250;
const GUESSES = 500;
/** Prometheus' time-out. */
const AT_MOST_MS = 10_000;

const RIGHT = basic('secret');

function basic(password: string): string {
  return `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
}

async function start(): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'web.yml'), JSON.stringify({ basic_auth_users: { ann: hashSync('secret', 10) } }));
  const config = { clusters: [], webhook: { authorization: { credentials: 'token' } } };
  writeFileSync(join(folder, 'flink-medic.yml'), JSON.stringify(config));
  return new MedicProcess(['--config.file=flink-medic.yml', '--web.config.file=web.yml'], folder).url();
}

interface Visitor {
  /** Asks for metrics, health and the webhook, each over a new connection. Returns the slowest answer in milliseconds. */
  readonly visit: () => Promise<number>;
  /** Visits until something has ended. Returns the slowest answer. */
  readonly visitDuring: (work: Promise<unknown>) => Promise<number>;
}

function makeVisitor(url: string): Visitor {
  const timed = async (path: string, status: number, options: object): Promise<number> => {
    const startedAt = performance.now();
    const answer = await request(url + path, { reset: true, ...options });
    await answer.body.dump();
    expect([path, answer.statusCode]).toEqual([path, status]);
    return performance.now() - startedAt;
  };
  const notification = {
    method: 'POST',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', alerts: [] }),
  };
  const visit = async (): Promise<number> =>
    Math.max(
      await timed('/metrics', 200, { headers: { authorization: RIGHT } }),
      await timed('/-/healthy', 200, {}),
      await timed('/api/v1/alertmanager', 202, notification),
    );
  const visitDuring = async (work: Promise<unknown>): Promise<number> => {
    const ended = work.then(() => true);
    const notYet = Promise.resolve(false);
    let slowest = 0;
    do slowest = Math.max(slowest, await visit());
    while (!(await Promise.race([ended, notYet])));
    return slowest;
  };
  return { visit, visitDuring };
}

/** Opens connections, half of which begin a request and never end it. Resolves when all were taken or turned away. */
async function flood(url: string, localAddress: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  while (sockets.length < count) {
    const wave = Array.from({ length: WAVE }, (_, index) => {
      const socket = connect({ host: hostname, port: Number(port), localAddress });
      socket.on('error', () => undefined);
      if (index % 2 === 0) socket.write('GET /metrics HTTP/1.1\r\nHost: ');
      return socket;
    });
    await Promise.all(wave.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    sockets.push(...wave);
  }
  return sockets;
}

it('thousands of connections that say nothing keep nobody out', { timeout: 120_000 }, async () => {
  const url = await start();
  const { visit, visitDuring } = makeVisitor(url);
  const opened = flood(url, STRANGER, 5_000);
  expect(await visitDuring(opened)).toBeLessThan(AT_MOST_MS);
  const sockets = await opened;
  expect(await visit()).toBeLessThan(AT_MOST_MS);
  await expect.poll(() => sockets.filter(({ closed }) => !closed).length, { timeout: 10_000 }).toBeLessThanOrEqual(512);
  // Behind a proxy everybody has the address of the stranger.
  await flood(url, '127.0.0.1', 750);
  expect(await visit()).toBeLessThan(AT_MOST_MS);
});

it('guessed passwords hold up nobody who knows his', { timeout: 120_000 }, async () => {
  const url = await start();
  const stranger = new Agent({ connections: 50, localAddress: STRANGER });
  onTestFinished(() => stranger.destroy());
  const guess = async (index: number): Promise<number> => {
    const headers = { authorization: basic(`guess ${String(index)}`) };
    const answer = await request(`${url}/metrics`, { dispatcher: stranger, headers });
    await answer.body.dump();
    return answer.statusCode;
  };
  const guesses = Promise.all(Array.from({ length: GUESSES }, (_, index) => guess(index)));
  // The password is seen for the first time while others are being compared.
  expect(await makeVisitor(url).visitDuring(guesses)).toBeLessThan(AT_MOST_MS);
  expect(new Set(await guesses)).toEqual(new Set([401, 503]));
});
