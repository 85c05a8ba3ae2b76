import { hashSync } from 'bcryptjs';
import * as fc from 'fast-check';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { parseBasicCredentials } from '../../src/http/basic-auth.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { sendRaw, serveApp } from './support.ts';

const PASSWORD = 'pass:wörd €';
const users = new Map([['ali', hashSync(PASSWORD, 4)]]);

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function statusOf(url: string, authorization?: string): Promise<number> {
  const answer = await request(url, { headers: authorization === undefined ? {} : { authorization } });
  await answer.body.dump();
  return answer.statusCode;
}

describe('over a socket', () => {
  test('only the right user with the right password gets in', async () => {
    const url = `${await serveApp({ users })}/metrics`;
    expect(await statusOf(url)).toBe(401);
    expect(await statusOf(url, basic('ali', PASSWORD))).toBe(200);
    expect(await statusOf(url, basic('ali', PASSWORD).replace('Basic ', 'bASIC  '))).toBe(200);
    expect(await statusOf(url, basic('ali', 'wrong'))).toBe(401);
    expect(await statusOf(url, basic('bob', PASSWORD))).toBe(401);
    expect(await statusOf(url, `Bearer ${PASSWORD}`.replaceAll(/[^ -~]/g, ''))).toBe(401);
  });

  test('401 says how to do better', async () => {
    const answer = await request(`${await serveApp({ users })}/metrics`, {
      headers: { authorization: basic('ali', 'x') },
    });
    expect(answer.headers['www-authenticate']).toBe('Basic realm="flink-medic", charset="UTF-8"');
    expect(await answer.body.json()).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      code: 'unauthorized',
      detail: 'User or password is wrong.',
      advice: 'Send HTTP basic authentication with a user of basic_auth_users in --web.config.file.',
    });
  });

  test('many at once: each gets the right answer, or 503 when too many passwords wait', async () => {
    const url = `${await serveApp({ users })}/metrics`;
    expect(await statusOf(url, basic('ali', PASSWORD))).toBe(200);
    const guesses = Array.from({ length: 40 }, (_, i) => statusOf(url, basic('ali', `guess ${i}`)));
    const right = Array.from({ length: 10 }, () => statusOf(url, basic('ali', PASSWORD)));
    expect(await Promise.all(right)).toEqual(Array.from({ length: 10 }, () => 200));
    const answers = await Promise.all(guesses);
    expect(answers).toContain(401);
    expect(answers.every((status) => status === 401 || status === 503)).toBe(true);
  });

  test('nobody learns without credentials whether a path exists', async () => {
    const url = await serveApp({ users });
    expect(await statusOf(`${url}/nope`)).toBe(401);
    expect(await statusOf(`${url}/nope`, basic('ali', PASSWORD))).toBe(404);
  });

  test('open routes are open, below the prefix only', async () => {
    const healthy = endpoint('/-/healthy', { GET: (_request, response) => void response.send('ok') });
    const url = await serveApp({ users, openRoutes: [healthy], routePrefix: '/ops' });
    expect(await statusOf(`${url}/ops/-/healthy`)).toBe(200);
    expect(await statusOf(`${url}/ops/-/healthy?x=1`)).toBe(200);
    for (const path of [
      '/-/healthy',
      '/',
      '/ops',
      '/ops/-/Healthy',
      '/ops/-/healthy/x',
      '/ops/-/h%65althy',
      '/ops//-/healthy',
    ]) {
      expect([path, await statusOf(url + path)]).toEqual([path, 401]);
    }
  });

  test('hostile headers get 401', async () => {
    const address = (await serveApp({ users })).slice('http://'.length);
    for (const header of [
      '',
      'Basic',
      'Basic =',
      'Basic \xff\xfe',
      'Basic Og==',
      'Basic YQ==',
      `Basic ${'QUFB'.repeat(3000)}`,
      `Basic ${Buffer.from([0x61, 0x3a, 0xff, 0x00, 0xc3]).toString('base64')}`,
      `${basic('ali', PASSWORD)}, ${basic('ali', PASSWORD)}`,
      `Basic ${' '.repeat(10_000)}x`,
    ]) {
      const answer = await sendRaw(
        address,
        `GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: ${header}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    }
  });
});

describe('parseBasicCredentials', () => {
  test('gives back what a client encodes', () => {
    const user = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes(':'));
    const password = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(user, password, (name, secret) => {
        expect(parseBasicCredentials(basic(name, secret))).toEqual({ user: name, password: secret });
      }),
    );
  });

  test('never throws', () => {
    const header = fc.oneof(
      fc.string(),
      fc.base64String().map((text) => `Basic ${text}`),
    );
    fc.assert(
      fc.property(header, (text) => {
        const credentials = parseBasicCredentials(text);
        expect(credentials === undefined || typeof credentials.password === 'string').toBe(true);
      }),
    );
  });
});
