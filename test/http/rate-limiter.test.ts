import { request } from 'undici';
import { expect, test } from 'vitest';
import { NO_WEB_CONFIG } from '../../src/config/web-config.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { RateLimiter } from '../../src/http/rate-limiter.ts';
import { ManualClock } from '../fake-flink/clock.ts';
import { serveApp } from './support.ts';

const LIMIT = { intervalMs: 1_000, burst: 3 };

test('a burst, then one an interval, then after a rest a burst again', () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(() => clock.now());
  const take = (): number => limiter.take('10.0.0.1', LIMIT);
  expect([take(), take(), take(), take(), take()]).toEqual([0, 0, 0, 1_000, 1_000]);
  clock.advance(400);
  expect(take()).toBe(600);
  clock.advance(600);
  expect([take(), take()]).toEqual([0, 1_000]);
  clock.advance(60_000);
  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 1_000]);
});

test('who floods uses up nobody else; of IPv6 a network is one', () => {
  const limiter = new RateLimiter(() => 0);
  const take = (address: string): number => limiter.take(address, LIMIT);
  for (let times = 0; times < 100; times += 1) take('10.0.0.1');
  expect([take('10.0.0.1'), take('10.0.0.2')]).toEqual([1_000, 0]);
  for (let host = 0; host < 3; host += 1) take(`2001:db8::${String(host)}`);
  expect([take('2001:db8::9'), take('2001:db8:1::9')]).toEqual([1_000, 0]);
});

test('keeps the 10,000 addresses that asked last', () => {
  const limiter = new RateLimiter(() => 0);
  const limit = { intervalMs: 1_000, burst: 1 };
  limiter.take('a', limit);
  for (let address = 0; address < 9_999; address += 1) limiter.take(`b${String(address)}`, limit);
  expect(limiter.take('a', limit)).toBe(1_000);
  limiter.take('c', limit);
  expect(limiter.take('a', limit)).toBe(0);
});

test('another limit starts anew', () => {
  const limiter = new RateLimiter(() => 0);
  const day = { intervalMs: 86_400_000, burst: 1 };
  expect([limiter.take('a', day), limiter.take('a', day)]).toEqual([0, 86_400_000]);
  expect(limiter.take('a', LIMIT)).toBe(0);
  const large = { ...LIMIT, burst: 1_000_000 };
  for (let times = 0; times < 100; times += 1) limiter.take('a', large);
  expect(limiter.take('a', LIMIT)).toBe(0);
  // A reload brings an equal one.
  expect([limiter.take('a', { ...LIMIT }), limiter.take('a', { ...LIMIT })]).toEqual([0, 0]);
  expect(limiter.take('a', { ...LIMIT })).toBe(1_000);
});

test('over the limit the answer is 429, before any password is looked at, and open paths stay open', async () => {
  const users = new Map([['ali', '$2y$04$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi']]);
  const url = await serveApp({
    webConfig: () => ({ ...NO_WEB_CONFIG.config, users, rateLimit: { intervalMs: 2_500, burst: 2 } }),
    openRoutes: [endpoint('/open', { GET: (_request, response) => void response.send('open') })],
  });
  const ask = async (path: string) => {
    const answer = await request(url + path);
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  expect([(await ask('/metrics')).status, (await ask('/nope')).status]).toEqual([401, 401]);
  const refused = await ask('/metrics');
  expect([refused.status, refused.headers['retry-after'], refused.headers['x-frame-options']]).toEqual([
    429,
    '3',
    'DENY',
  ]);
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'too_many_requests' });
  expect(refused.headers).not.toHaveProperty('www-authenticate');
  expect([(await ask('/open')).status, (await ask('/open')).status]).toEqual([200, 200]);
});

test('headers of the web configuration take the place of ours, as of the next request', async () => {
  let headers = new Map([
    ['X-Frame-Options', 'sameorigin'],
    ['Content-Security-Policy', ''],
    ['Strict-Transport-Security', 'max-age=60'],
  ]);
  const url = await serveApp({ webConfig: () => ({ ...NO_WEB_CONFIG.config, headers }) });
  const headersOf = async (path: string) => {
    const answer = await request(url + path);
    await answer.body.dump();
    return answer.headers;
  };
  for (const path of ['/metrics', '/nope']) {
    const given = await headersOf(path);
    expect(given).toMatchObject({ 'x-frame-options': 'sameorigin', 'strict-transport-security': 'max-age=60' });
    expect(given).not.toHaveProperty('content-security-policy');
    expect(given).toHaveProperty('x-content-type-options', 'nosniff');
  }
  headers = new Map();
  expect(await headersOf('/metrics')).toMatchObject({ 'x-frame-options': 'DENY' });
});
