/** What scrapers can make a page hold: those that do not read, and very many at once. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ExpositionSender, type SenderLimits } from '../../../src/http/routes/exposition-answer.ts';
import { until } from '../../real-flink/until.ts';

/** Larger than what a socket takes without a reader. */
const LARGE = Array.from({ length: 1_200 }, (_, index) => Buffer.alloc(16 * 1024, String(index % 10)));

interface Scene {
  readonly url: string;
  readonly server: Server;
  /** Answers that were not given up. */
  readonly failures: unknown[];
}

async function serve(page: readonly Buffer[], limits?: SenderLimits): Promise<Scene> {
  const sender = new ExpositionSender(limits);
  const failures: unknown[] = [];
  const app = express();
  app.get('/', (incoming, response) => {
    sender.send(incoming, response, () => Promise.resolve(page)).catch((error: unknown) => failures.push(error));
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, server, failures };
}

/** Asks for the page and reads nothing of it. */
async function stall({ url, server }: Scene, header = '', localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const asked = once(server, 'request');
  socket.pause();
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`);
  await asked;
  return socket;
}

const statusOf = async (url: string): Promise<number> => {
  const { statusCode, body } = await request(url);
  await body.dump({ limit: Number.MAX_SAFE_INTEGER });
  return statusCode;
};

describe('a page of metrics', () => {
  it('says how long it is, and comes whole in either form', async () => {
    const small = Array.from({ length: 300 }, (_, index) => Buffer.from(`x ${String(index)}\n`));
    for (const page of [LARGE, small, []]) {
      const { url } = await serve(page);
      const whole = Buffer.concat(page);
      const plain = await request(url);
      expect(plain.headers['content-length']).toBe(String(whole.length));
      expect(whole.equals(Buffer.from(await plain.body.arrayBuffer()))).toBe(true);
      const packed = await request(url, { headers: { 'accept-encoding': 'gzip' } });
      expect(packed.headers['content-length']).toBeUndefined();
      expect(whole.equals(gunzipSync(await packed.body.arrayBuffer()))).toBe(true);
    }
  });

  it('is sent to others while scrapers do not read theirs', async () => {
    const scene = await serve(LARGE);
    for (let stalled = 0; stalled < 10; stalled++) await stall(scene);
    const { body } = await request(scene.url);
    expect((await body.arrayBuffer()).byteLength).toBe(1_200 * 16 * 1024);
  });

  it('is sent to so many at once and no more', async () => {
    const scene = await serve(LARGE, { pages: 3, pagesOfAddress: 3, readMs: 60_000 });
    const stalled = [await stall(scene), await stall(scene), await stall(scene)];
    const refused = await request(scene.url);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(await refused.body.json()).toMatchObject({
      detail: '3 pages of metrics are being sent already, 3 of them to this address.',
    });
    stalled[0]?.destroy();
    await until('a place that became free', async () => (await statusOf(scene.url)) === 200 || undefined, { every: 5 });
    expect(scene.failures).toEqual([]);
  });

  it('is not kept from others by one who does not read', async () => {
    const scene = await serve(LARGE, { pages: 4, pagesOfAddress: 2, readMs: 60_000 });
    for (let times = 0; times < 5; times += 1) await stall(scene, '', '127.0.0.2');
    expect(await statusOf(scene.url)).toBe(200);
    await stall(scene);
    await stall(scene);
    expect(await statusOf(scene.url)).toBe(503);
  });

  it('is not sent for ever', async () => {
    for (const header of ['', 'Accept-Encoding: gzip\r\n']) {
      const scene = await serve(LARGE, { pages: 1, pagesOfAddress: 1, readMs: 50 });
      const socket = await stall(scene, header);
      const closed = once(socket, 'close');
      await until('the place of who did not read', async () => (await statusOf(scene.url)) !== 503 || undefined, {
        every: 5,
      });
      socket.resume();
      await closed;
      expect(scene.failures).toEqual([]);
    }
  });

  it('answers a thousand that ask at once', async () => {
    const { url, failures } = await serve([Buffer.from('up 1\n')]);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => statusOf(url)));
    expect(answers.every((status) => status === 200 || status === 503)).toBe(true);
    expect(answers).toContain(200);
    expect(await statusOf(url)).toBe(200);
    expect(failures).toEqual([]);
  });
});
