import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';
import { request } from 'undici';
import { expect, test, vi } from 'vitest';
import { endpoint } from '../../src/http/endpoint.ts';
import { sendList } from '../../src/http/send-list.ts';
import { FakeLogger, serveApp } from './support.ts';

const noWait = async (): Promise<void> => undefined;

test('whoever went away before or while a list is sent is no failure', async () => {
  const logger = new FakeLogger();
  const answered: string[] = [];
  const list = endpoint('/list', {
    GET: async (asked, response) => {
      const [, when = ''] = asked.url.split('=');
      const leave = async (): Promise<void> => {
        asked.socket.destroy();
        await once(response, 'close');
      };
      if (when === 'before') await leave();
      await sendList(
        response,
        'list',
        [1, 2],
        (item) => {
          if (when === 'while') void leave();
          return { item };
        },
        noWait,
      );
      answered.push(when);
    },
  });
  const url = await serveApp({ logger, routes: [list] });
  for (const when of ['before', 'while'])
    await expect(request(`${url}/list?when=${when}`)).rejects.toThrow('other side');
  const whole = await request(`${url}/list?when=never`);
  expect(await whole.body.json()).toEqual({ list: [{ item: 1 }, { item: 2 }] });
  await expect.poll(() => answered).toEqual(['before', 'while', 'never']);
  expect(logger.lines).toEqual([]);
});

test('a fault of ours is logged, and half a list is no answer', async () => {
  const logger = new FakeLogger();
  const list = endpoint('/list', {
    GET: (_request, response) =>
      sendList(
        response,
        'list',
        [1],
        () => {
          throw new Error('fault');
        },
        noWait,
      ),
  });
  const url = await serveApp({ logger, routes: [list] });
  await expect(request(`${url}/list`).then(({ body }) => body.text())).rejects.toThrow('other side');
  expect(logger.lines).toMatchObject([{ fields: { err: { message: 'fault' } } }]);
});

test('a list that nobody reads is broken off, and that is no failure', async () => {
  const logger = new FakeLogger();
  let isOver = false;
  const item = 'x'.repeat(100_000);
  const list = endpoint('/list', {
    GET: async (_request, response) => {
      await sendList(response, 'list', Array<string>(1_000).fill(item), (text) => ({ text }), noWait, 50);
      isOver = true;
    },
  });
  const url = await serveApp({ logger, routes: [list] });
  const { body } = await request(`${url}/list`);
  await vi.waitUntil(() => isOver);
  await expect(body.text()).rejects.toThrow('other side');
  expect(logger.lines).toEqual([]);
});

test('a list that no stream takes is broken off as well', async () => {
  const stuck = new Writable({ write: () => undefined });
  const response = Object.assign(stuck, { type: () => stuck }) as unknown as Response;
  await sendList(response, 'list', [1], (item) => ({ item }), noWait, 20);
  expect(stuck.destroyed).toBe(true);
});

test('what is left out leaves no gap', async () => {
  const list = endpoint('/list', {
    GET: (_request, response) =>
      sendList(response, 'list', [1, 2, 3, 4], (item) => (item % 2 === 1 ? undefined : { item }), noWait),
  });
  const url = await serveApp({ routes: [list] });
  const { body } = await request(`${url}/list`);
  expect(await body.json()).toEqual({ list: [{ item: 2 }, { item: 4 }] });
});

test('a long list is made only as fast as it is read', async () => {
  let [made, waits, received] = [0, 0, ''];
  let goOn: (() => void) | undefined;
  const reader = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      received += chunk.toString();
      goOn = callback;
    },
  });
  const item = 'x'.repeat(1_000);
  const sent = sendList(
    Object.assign(reader, { type: () => reader }) as unknown as Response,
    'list',
    Array<string>(5_000).fill(item),
    (text) => ((made += 1), { text }),
    async () => {
      waits += 1;
    },
  );
  for (let turn = 0; turn < 500; turn += 1) await setImmediate();
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(500);
  while (!reader.writableFinished) {
    goOn?.();
    await setImmediate();
  }
  await sent;
  expect((JSON.parse(received) as { list: unknown[] }).list).toHaveLength(5_000);
  expect(waits).toBe(5_000);
});
