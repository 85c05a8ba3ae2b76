import { Agent, request } from 'undici';
import { describe, expect, test } from 'vitest';
import type { CallerConfig } from '../../src/config/config.ts';
import type { TlsServerConfig } from '../../src/config/tls-server-config.ts';
import { callerAuth, type CallerAuthOptions } from '../../src/http/caller-auth.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { ManualClock } from '../fake-flink/clock.ts';
import { createAuthority } from '../support/certificates.ts';
import { FakeLogger, makeApp, serve, TLS_DEFAULTS } from './support.ts';

const TOKEN = { type: 'Bearer', credentials: { value: 't0ken' } };
const BASIC = { username: 'ann', password: { value: 'pass:wörd' } };

interface Setup {
  readonly url: string;
  readonly rejected: string[];
  readonly clock: ManualClock;
  readonly logger: FakeLogger;
}

/** A path that answers with the name of the caller. */
async function start(
  callers: Partial<CallerConfig> | (() => CallerConfig),
  options: Partial<CallerAuthOptions> & { readonly tls?: TlsServerConfig } = {},
): Promise<Setup> {
  const { tls, ...given } = options;
  const rejected: string[] = [];
  const clock = new ManualClock();
  const logger = new FakeLogger();
  const auth = callerAuth({
    section: 'webhook',
    callers: typeof callers === 'function' ? callers : () => ({ clientAllowedSans: [], ...callers }),
    readSecret: async (secret) => ('value' in secret ? secret.value : ''),
    verifiesClients: () => false,
    now: () => clock.now(),
    rejected: (reason) => rejected.push(reason),
    logger,
    ...given,
  });
  const route = endpoint('/who', {
    POST: async (asked, response) => {
      const caller = await auth(asked, response);
      if (caller !== undefined) response.send(caller);
    },
  });
  const handler = makeApp({ openRoutes: [route], logger });
  const url = `${tls ? 'https' : 'http'}://${await serve({ handler, tls })}/who`;
  return { url, rejected, clock, logger };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function ask(url: string, authorization?: string, dispatcher?: Agent) {
  const answer = await request(url, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    ...(dispatcher && { dispatcher }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

describe('callers', () => {
  test.each([
    ['Bearer t0ken', 'token'],
    ['bEARER  t0ken', 'token'],
    ['Bearer t0ken2', 401],
    ['Bearer t0ke', 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    ['Token t0ken', 401],
    ['t0ken', 401],
    [basic('ann', 'pass:wörd'), 'ann'],
    [basic('ann', 'pass'), 401],
    [basic('bob', 'pass:wörd'), 401],
    [basic('', ''), 401],
    ['Basic t0ken', 401],
    [undefined, 401],
  ])('%j is %j', async (authorization, expected) => {
    const { url, rejected } = await start({ authorization: TOKEN, basicAuth: BASIC });
    const { status, text } = await ask(url, authorization);
    expect(status === 200 ? text : status).toBe(expected);
    expect(rejected).toEqual(expected === 401 ? ['unauthenticated'] : []);
  });

  test('401 names what is wanted', async () => {
    const { url } = await start({ authorization: TOKEN, basicAuth: BASIC });
    const { headers, text } = await ask(url);
    expect(headers['www-authenticate']).toEqual([
      'Bearer realm="flink-medic"',
      'Basic realm="flink-medic", charset="UTF-8"',
    ]);
    expect(JSON.parse(text)).toMatchObject({
      detail: 'This needs credentials.',
      advice:
        'Send "Authorization: Bearer CREDENTIALS" or HTTP basic authentication, as webhook in the configuration of flink-medic says.',
    });
    expect(JSON.parse((await ask(url, 'Bearer x')).text)).toMatchObject({ detail: 'The credentials are wrong.' });
  });

  test('none configured: 403, whatever is sent', async () => {
    const { url, rejected } = await start({});
    for (const authorization of [undefined, 'Bearer ', basic('', '')]) {
      const { status, text } = await ask(url, authorization);
      expect([status, JSON.parse(text)]).toEqual([
        403,
        expect.objectContaining({ advice: expect.stringContaining('Configure webhook.authorization') }),
      ]);
    }
    expect(rejected).toEqual(['forbidden', 'forbidden', 'forbidden']);
  });

  test('a reload counts from the next request on', async () => {
    let callers: CallerConfig = { clientAllowedSans: [] };
    const { url } = await start(() => callers);
    expect((await ask(url, 'Bearer t0ken')).status).toBe(403);
    callers = { clientAllowedSans: [], authorization: TOKEN };
    expect((await ask(url, 'Bearer t0ken')).status).toBe(200);
  });

  test('a secret that cannot be read is 503 and in the log, not in the answer', async () => {
    const { url, rejected, logger } = await start(
      { authorization: { type: 'Bearer', credentials: { file: '/secret/token' } } },
      { readSecret: () => Promise.reject(new Error('cannot read /secret/token')) },
    );
    const { status, headers, text } = await ask(url, 'Bearer x');
    expect([status, headers['retry-after'], rejected]).toEqual([503, '5', ['unavailable']]);
    expect(text).not.toContain('/secret');
    expect(logger.lines).toHaveLength(1);
  });
});

describe('failed log-ins', () => {
  test('block the address, the right token too, with 503 until the minute is over', async () => {
    const { url, rejected, clock } = await start({ authorization: TOKEN });
    for (let guess = 0; guess < 10; guess += 1) expect((await ask(url, `Bearer ${String(guess)}`)).status).toBe(401);
    clock.advance(15_000);
    const blocked = await ask(url, 'Bearer t0ken');
    expect([blocked.status, blocked.headers['retry-after'], rejected.at(-1)]).toEqual([503, '45', 'rate_limited']);
    clock.advance(45_000);
    expect((await ask(url, 'Bearer t0ken')).status).toBe(200);
  });

  test('are none when nothing was tried or all was right', async () => {
    const { url } = await start({ authorization: TOKEN });
    const asked = Array.from({ length: 100 }, (_, i) => ask(url, i % 2 === 0 ? 'Bearer t0ken' : undefined));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses).toEqual(statuses.map((_, i) => (i % 2 === 0 ? 200 : 401)));
  });
});

describe('client certificates', () => {
  const authority = createAuthority();
  const tls: TlsServerConfig = {
    ...TLS_DEFAULTS,
    ...authority.issue('localhost'),
    clientAuth: { request: true, require: false, verify: false },
    clientCa: authority.cert,
  };
  const agent = (pair?: { key: string; cert: string }): Agent =>
    new Agent({ connect: { ca: authority.cert, ...pair } });
  const allowed = authority.issue('am', ['DNS:other.example', 'URI:spiffe://example/am']);
  const sans = { clientAllowedSans: ['spiffe://example/am', 'cn.example'] };

  test.each([
    ['an allowed name', allowed, 200],
    ['the common name', authority.issue('cn.example', ['DNS:other.example']), 401],
    ['an allowed name of another authority', createAuthority('x').issue('am', ['URI:spiffe://example/am']), 401],
    ['none', undefined, 401],
  ])('%s', async (_name, pair, expected) => {
    const { url } = await start(sans, { verifiesClients: () => true, tls });
    const dispatcher = agent(pair);
    const { status, text } = await ask(url, undefined, dispatcher);
    await dispatcher.close();
    expect(status).toBe(expected);
    expect(text).toContain(expected === 200 ? 'spiffe://example/am' : 'a client certificate with an allowed name');
  });

  test('count for nothing when no authority of the operator verifies them', async () => {
    const { url, rejected } = await start(sans, { tls });
    const dispatcher = agent(allowed);
    const { status, text } = await ask(url, undefined, dispatcher);
    await dispatcher.close();
    expect([status, rejected]).toEqual([403, ['forbidden']]);
    expect(text).toContain('client_ca_file');
  });
});
