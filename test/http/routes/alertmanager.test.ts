/** The webhook: who may deliver, what is taken, and what each answer makes Alertmanager do. */

import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { beforeEach, describe, expect, test } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import type { CallerAuth } from '../../../src/http/caller-auth.ts';
import { sendProblem } from '../../../src/http/problem.ts';
import { alertmanagerRoute, misdirectedRoute } from '../../../src/http/routes/alertmanager.ts';
import { FakeIntake, FakeWebhookMetrics } from '../restart-fixtures.ts';
import { sendRaw, serveApp } from '../support.ts';

const alert = (name: string, status = 'firing') => ({
  status,
  labels: { alertname: 'FlinkJobRepairWanted', flink_cluster: 'prod', job_name: name },
  startsAt: '2026-01-01T00:00:00Z',
  fingerprint: name,
});
const message = (...alerts: object[]) => ({ version: '4', truncatedAlerts: 0, alerts });

let intake: FakeIntake;
let metrics: FakeWebhookMetrics;
let warnings: object[];
let url: string;

const auth: CallerAuth = async ({ headers }, response) => {
  if (headers.authorization === 'Bearer t0ken') return 'token';
  sendProblem(response, { status: 401, detail: 'no' });
  return undefined;
};

beforeEach(async () => {
  intake = new FakeIntake();
  metrics = new FakeWebhookMetrics();
  warnings = [];
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  const openRoutes = [alertmanagerRoute({ intake, auth, metrics, logger })];
  const users = new Map([['somebody', '$2y$04$x']]);
  const withUsers = await serveApp({ openRoutes, users });
  url = `${withUsers}/api/v1/alertmanager`;
});

interface Delivery {
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

async function deliver(body: string | Buffer | Readable, { headers = {}, token = 't0ken' }: Delivery = {}) {
  const answer = await request(url, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, json: JSON.parse(text) as Record<string, unknown> };
}

describe('a notification', () => {
  test('is 202 with what became of each alert', async () => {
    const { status, json } = await deliver(JSON.stringify(message(alert('orders'), alert('payments', 'resolved'))));
    expect(status).toBe(202);
    expect(json).toEqual({
      alerts: [
        { fingerprint: 'orders', became: 'opened', incident: 7, detail: 'incident 7' },
        { fingerprint: 'payments', became: 'opened', incident: 7, detail: 'incident 7' },
      ],
      truncated: 0,
    });
    expect(intake.received).toEqual([
      [expect.objectContaining({ status: 'firing' }), expect.objectContaining({ status: 'resolved' })],
    ]);
    expect(metrics.calls).toEqual(['notified', 'firing', 'resolved']);
    expect(warnings).toEqual([]);
  });

  test('that Alertmanager shortened is counted and logged', async () => {
    const { json } = await deliver(JSON.stringify({ ...message(alert('orders')), truncatedAlerts: 9 }));
    expect(json['truncated']).toBe(9);
    expect(metrics.calls).toEqual(['notified', 'firing', 'truncated 9']);
    expect(warnings).toEqual([{ truncated: 9 }]);
  });

  test('of several megabytes with thousands of alerts is taken, compressed and in chunks, too', async () => {
    const alerts = Array.from({ length: 5_000 }, (_, i) => ({
      ...alert(`job-${String(i)}`),
      annotations: { a: 'x'.repeat(1_500) },
    }));
    const body = JSON.stringify(message(...alerts));
    expect(body.length).toBeGreaterThan(8_000_000);
    expect((await deliver(body)).status).toBe(202);
    expect((await deliver(Readable.from([body.slice(0, 100), body.slice(100)]))).status).toBe(202);
    expect((await deliver(gzipSync(body), { headers: { 'content-encoding': 'gzip' } })).status).toBe(202);
    expect(intake.received.map(({ length }) => length)).toEqual([5_000, 5_000, 5_000]);
  });

  test('that cannot be stored is 503, and taken when it comes again', async () => {
    intake.failure = new MedicError('ledger_write', 'disk full');
    const { status, headers, json } = await deliver(JSON.stringify(message(alert('orders'))));
    expect([status, headers['retry-after'], json['code']]).toEqual([503, '5', 'ledger_write']);
    expect(metrics.calls).toEqual(['unavailable']);
    intake.failure = undefined;
    expect((await deliver(JSON.stringify(message(alert('orders'))))).status).toBe(202);
  });

  test('that makes the intake fail is 5xx, so that it comes again', async () => {
    intake.failure = new Error('unforeseen');
    expect((await deliver(JSON.stringify(message()))).status).toBe(500);
    expect(metrics.calls).toEqual(['unavailable']);
  });
});

describe('what is refused', () => {
  test.each([
    ['', 'application/json'],
    ['{', 'application/json'],
    ['null', 'application/json'],
    ['"text"', 'application/json'],
    ['[]', 'application/json'],
    ['{}', 'application/json'],
    [JSON.stringify({ ...message(), version: '5' }), 'application/json'],
    [JSON.stringify({ text: 'custom payload' }), 'application/json'],
    [JSON.stringify(message('x' as never)), 'application/json'],
    [JSON.stringify(message()), 'text/plain'],
    [JSON.stringify(message()), 'application/x-www-form-urlencoded'],
    [JSON.stringify(message()), 'application/json; charset=klingon'],
    [JSON.stringify(message()), ''],
  ])('%j as %s is 400 with what was expected', async (body, type) => {
    const { status, headers, json } = await deliver(body, { headers: { 'content-type': type } });
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(json['advice']).toBe(
      'flink-medic expected Alertmanager webhook version 4; remove `payload:` from the receiver.',
    );
    expect([metrics.calls, intake.received]).toEqual([['malformed'], []]);
  });

  test('a content encoding that is none', async () => {
    const { status } = await deliver('x', { headers: { 'content-encoding': 'gzip' } });
    expect([status, metrics.calls]).toEqual([400, ['malformed']]);
  });

  test('20 MiB, declared, in chunks, or only after decompression', async () => {
    const large = Buffer.alloc(20 * 1024 ** 2, ' ');
    const mebibytes = Array.from({ length: 20 }, () => Buffer.alloc(1024 ** 2, ' '));
    const bodies: [Buffer | Readable, Record<string, string>][] = [
      [large, {}],
      [Readable.from(mebibytes), {}],
      [gzipSync(large), { 'content-encoding': 'gzip' }],
    ];
    for (const [body, headers] of bodies) {
      const { status, json } = await deliver(body, { headers });
      expect([status, json['advice']]).toEqual([413, expect.stringContaining('Group by')]);
    }
    expect([metrics.calls, intake.received]).toEqual([['too_large', 'too_large', 'too_large'], []]);
  });

  test('a wrong token, before the body is read', async () => {
    const address = new URL(url).host;
    const head =
      'POST /api/v1/alertmanager HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\n';
    // The body never comes.
    const answer = await sendRaw(address, `${head}Content-Length: 1000\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect((await deliver('{', { token: 'wrong' })).status).toBe(401);
    expect(intake.received).toEqual([]);
  });

  test('another method, counted', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const answer = await request(url, { method });
      await answer.body.dump();
      expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'POST']);
    }
    expect(metrics.calls).toEqual(['not_found', 'not_found', 'not_found']);
  });
});

test('a POST to a wrong path is 404 with the right one, counted', async () => {
  const app = await serveApp({ routes: [misdirectedRoute(metrics)] });
  for (const path of ['/api/v1/alerts', '/api/v1/alertmanager/x', '/api/v1/%zz']) {
    const answer = await request(app + path, { method: 'POST', body: '{}' });
    expect([answer.statusCode, await answer.body.json()]).toEqual([
      404,
      expect.objectContaining({ advice: expect.stringContaining('POST /api/v1/alertmanager') }),
    ]);
  }
  const get = await request(`${app}/api/v1/alerts`);
  await get.body.dump();
  expect([get.statusCode, metrics.calls]).toEqual([404, ['not_found', 'not_found', 'not_found']]);
});
