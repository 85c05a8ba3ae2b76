import express, { type RequestHandler } from 'express';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { MedicError } from '../../src/core/errors.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { FakeLogger, sendRaw, serveApp } from './support.ts';

function throwing(error: unknown): RequestHandler {
  return async () => {
    throw error;
  };
}

const breaking: RequestHandler = async (_request, response) => {
  response.write('half');
  throw new Error('broke');
};

const gzip: RequestHandler = (_request, response) => {
  response.set('Content-Encoding', 'gzip');
  throw new Error('broke');
};

describe('answers that are errors', () => {
  test('404 for an unknown path', async () => {
    const answer = await request(`${await serveApp()}/nope`);
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await answer.body.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'not_found',
      detail: 'There is nothing at this path.',
      advice: 'The start page lists what there is; paths begin with --web.route-prefix and are case-sensitive.',
    });
  });

  test('400 for a target that is no path', async () => {
    const address = (await serveApp()).replace('http://', '');
    const answer = await sendRaw(address, 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json.*"The target of the request is no path\."/s);
  });

  test('405 with Allow for a wrong method', async () => {
    const reload = endpoint('/-/reload', { POST: throwing('unused'), PUT: throwing('unused') });
    const url = await serveApp({ routes: [reload, endpoint('/metrics', { GET: throwing('unused') })] });
    const answer = await request(`${url}/-/reload`);
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('POST, PUT');
    expect(await answer.body.json()).toMatchObject({ code: 'method_not_allowed', advice: 'Use POST, PUT.' });
    const second = await request(`${url}/metrics`, { method: 'DELETE' });
    expect(second.statusCode).toBe(405);
    expect(second.headers.allow).toBe('GET, HEAD');
    await second.body.dump();
  });

  test('HEAD has the headers of GET and no body', async () => {
    const url = await serveApp();
    const found = await request(`${url}/metrics`, { method: 'HEAD' });
    expect([found.statusCode, await found.body.text()]).toEqual([200, '']);
    const missing = await request(`${url}/nope`, { method: 'HEAD' });
    expect([missing.statusCode, await missing.body.text()]).toEqual([404, '']);
  });

  test('an unforeseen error is logged whole and told to nobody', async () => {
    const logger = new FakeLogger();
    const error = new Error('password is hunter2');
    const url = await serveApp({ logger, routes: [endpoint('/metrics', { GET: throwing(error) })] });
    const answer = await request(`${url}/metrics?token=secret`);
    expect(answer.statusCode).toBe(500);
    const body = await answer.body.text();
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_server_error', detail: 'flink-medic failed to answer.' });
    expect(body).not.toMatch(/hunter2|app\.test|at /);
    expect(logger.lines).toEqual([
      { fields: { err: error, method: 'GET', path: '/metrics' }, message: 'HTTP request failed' },
    ]);
  });

  test('an error of ours keeps its code; the ledger being away is 503', async () => {
    const routes = [
      endpoint('/config', { GET: throwing(new MedicError('config', 'm.yml:1:1: wrong', { status: 404 })) }),
      endpoint('/ledger', { GET: throwing(new MedicError('ledger_write', 'disk full')) }),
    ];
    const url = await serveApp({ routes });
    const config = await request(`${url}/config`);
    expect(config.statusCode).toBe(500);
    expect(await config.body.json()).toMatchObject({ code: 'config', detail: 'm.yml:1:1: wrong' });
    const ledger = await request(`${url}/ledger`);
    expect(ledger.statusCode).toBe(503);
    expect(await ledger.body.json()).toMatchObject({ code: 'ledger_write', detail: 'disk full' });
  });

  test.each([undefined, null, 'text', 42, { status: 404 }, Object.assign(new Error('x'), { status: 302 })])(
    'whatever is thrown (%o), the client gets an answer',
    async (error) => {
      const url = await serveApp({ routes: [endpoint('/x', { GET: throwing(error) })] });
      const answer = await request(`${url}/x`);
      expect(answer.statusCode).toBe(500);
      await answer.body.dump();
    },
  );

  test("what the client did wrong in Express' eyes is 4xx and not logged", async () => {
    const logger = new FakeLogger();
    const routes = [
      endpoint('/jobs/:job', { GET: (_request, response) => void response.end() }),
      express.Router().post('/json', express.json({ limit: 100 }), (_request, response) => void response.end()),
    ];
    const url = await serveApp({ logger, routes });
    const encoded = await request(`${url}/jobs/%zz`);
    expect(encoded.statusCode).toBe(400);
    await encoded.body.dump();
    const post = (body: string) =>
      request(`${url}/json`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const broken = await post('{');
    expect(broken.statusCode).toBe(400);
    await broken.body.dump();
    const large = await post(JSON.stringify('x'.repeat(200)));
    expect(await large.body.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(logger.lines).toEqual([]);
  });

  test('an answer that breaks in the middle is not ended as if it were whole', async () => {
    const url = await serveApp({ routes: [endpoint('/x', { GET: breaking })] });
    const answer = await request(`${url}/x`);
    await expect(answer.body.text()).rejects.toThrow('other side closed');
  });

  test('an error after an encoding was promised is plain JSON', async () => {
    const answer = await request(`${await serveApp({ routes: [endpoint('/x', { GET: gzip })] })}/x`);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(await answer.body.json()).toMatchObject({ status: 500 });
  });
});

describe('security headers', () => {
  test('are on every answer, and nothing says what serves it', async () => {
    const { headers, body } = await request(`${await serveApp()}/nope`);
    await body.dump();
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none';img-src 'self';style-src 'self'",
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  test('no answer is hashed for an ETag', async () => {
    const { headers, body } = await request(`${await serveApp()}/metrics`);
    await body.dump();
    expect(headers).not.toHaveProperty('etag');
  });
});

describe('route prefix', () => {
  test('routes are below it and nowhere else, in its exact form', async () => {
    const url = await serveApp({ routePrefix: '/ops/medic' });
    for (const [path, status] of Object.entries({
      '/ops/medic/metrics': 200,
      '/metrics': 404,
      '/OPS/medic/metrics': 404,
      '/ops/medic/Metrics': 404,
      '/ops/medical/metrics': 404,
      '//ops/medic/metrics': 404,
    })) {
      const answer = await request(url + path);
      await answer.body.dump();
      expect([path, answer.statusCode]).toEqual([path, status]);
    }
  });

  test('/ and the prefix without its last slash lead to it', async () => {
    const url = await serveApp({ routePrefix: '/ops' });
    for (const path of ['/', '/ops']) {
      const answer = await request(url + path);
      await answer.body.dump();
      expect([answer.statusCode, answer.headers.location]).toEqual([302, '/ops/']);
    }
    const page = endpoint('/', { GET: (_request, response) => void response.send('page') });
    const answer = await request(`${await serveApp({ routePrefix: '/ops', routes: [page] })}/ops/`);
    expect([answer.statusCode, await answer.body.text()]).toEqual([200, 'page']);
  });
});

test.each([
  'GET / HTTP/1.1\r\n\r\n',
  'GARBAGE\r\n\r\n',
  'GET ?x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  'CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET http://[::/metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: h\r\n\r\n`,
  'GET /metrics HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n',
])('bytes that make no sense do not stop the server: %j', async (bytes) => {
  const url = await serveApp({ routePrefix: '/ops', users: new Map([['u', '$2y$04$x']]) });
  await sendRaw(url.slice('http://'.length), bytes);
  const answer = await request(`${url}/ops/metrics`);
  await answer.body.dump();
  expect(answer.statusCode).toBe(401);
});
