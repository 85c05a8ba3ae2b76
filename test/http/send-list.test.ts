import { once } from 'node:events';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { endpoint } from '../../src/http/endpoint.ts';
import { sendList } from '../../src/http/send-list.ts';
import { FakeLogger, serveApp } from './support.ts';

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
      await sendList(response, 'list', [1, 2], (item) => {
        if (when === 'while') void leave();
        return { item };
      });
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
      sendList(response, 'list', [1], () => {
        throw new Error('fault');
      }),
  });
  const url = await serveApp({ logger, routes: [list] });
  await expect(request(`${url}/list`).then(({ body }) => body.text())).rejects.toThrow('other side');
  expect(logger.lines).toMatchObject([{ fields: { err: { message: 'fault' } } }]);
});
