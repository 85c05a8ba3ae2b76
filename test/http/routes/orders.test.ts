/** Orders: who may give them, their strict bodies, and what each answer says. */

import { request } from 'undici';
import { beforeEach, describe, expect, test } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import type { CallerAuth } from '../../../src/http/caller-auth.ts';
import { sendProblem } from '../../../src/http/problem.ts';
import { orderRoutes } from '../../../src/http/routes/orders.ts';
import { FakeDesk } from '../restart-fixtures.ts';
import { serveApp } from '../support.ts';

let desk: FakeDesk;
let url: string;

const auth: CallerAuth = async ({ headers }, response) => {
  if (headers.authorization === 'Bearer t0ken') return 'ann';
  sendProblem(response, { status: 401, detail: 'no' });
  return undefined;
};

beforeEach(async () => {
  desk = new FakeDesk();
  url = await serveApp({ openRoutes: orderRoutes(desk, auth), users: new Map([['somebody', '$2y$04$x']]) });
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await request(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { authorization: 'Bearer t0ken', 'content-type': 'application/json', ...headers },
  });
  const text = await answer.body.text();
  const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: answer.statusCode, headers: answer.headers, text, json };
}

const EVERY: readonly (readonly [path: string, body: object])[] = [
  ['restarts', { flink_cluster: 'prod', job: 'orders' }],
  ['incidents/7/release', {}],
  ['breakers/prod/close', {}],
  ['pause', {}],
  ['resume', { flink_cluster: 'prod' }],
];

describe('restarts', () => {
  test('are accepted, with the incident to follow', async () => {
    const order = { flink_cluster: 'prod', job: 'orders', from: 'file:/savepoints/1', lift: ['exhausted', 'too_late'] };
    const { status, headers, json } = await post('restarts', order);
    expect([status, headers['location']]).toEqual([202, 'incidents/7']);
    expect(json).toMatchObject({ incident: { id: 7, flink_cluster: 'prod', job_name: 'orders', state: 'deferred' } });
    expect(desk.orders).toEqual([
      [
        'restart',
        { cluster: 'prod', job: 'orders', from: 'file:/savepoints/1', lift: ['exhausted', 'too_late'] },
        'ann',
      ],
    ]);
  });

  test('on dry run are explained and not ordered', async () => {
    const { status, json, text } = await post('restarts', { flink_cluster: 'prod', job: 'orders', dry_run: true });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      restart: {
        decision: 'deferred',
        reason: 'dry_run',
        because: expect.stringContaining('dry_run'),
        stages: [{ stage: 'policy' }, { stage: 'mode', reason: 'dry_run' }],
        would_send: { job_id: '2'.repeat(32), restore: { path: 'file:/checkpoints/chk-7' } },
      },
    });
    expect(text).not.toContain('hunter2');
    expect(desk.orders).toEqual([['explain', 'prod', 'orders', { cluster: 'prod', job: 'orders', lift: [] }]]);
    const unknown = await post('restarts', { flink_cluster: 'prod', job: 'nope', dry_run: true });
    expect([unknown.status, unknown.json['code']]).toEqual([404, 'unknown_subject']);
  });

  test.each([
    [{}, 'flink_cluster: '],
    [{ flink_cluster: 'prod' }, 'job: '],
    [{ flink_cluster: 'prod', job: '' }, 'job: '],
    [{ flink_cluster: 'prod', job: 7 }, 'job: '],
    [{ flink_cluster: 'prod', job: 'orders', lift: ['superseded'] }, 'lift.0: '],
    [{ flink_cluster: 'prod', job: 'orders', lift: 'exhausted' }, 'lift: '],
    [{ flink_cluster: 'prod', job: 'orders', dry_run: 'yes' }, 'dry_run: '],
    [{ flink_cluster: 'prod', job: 'orders', dryrun: true }, '"dryrun"'],
    [[], 'object'],
    ['{', ''],
  ])('%j are refused', async (body, detail) => {
    const answer = await post('restarts', body);
    expect([answer.status, answer.json['detail']]).toEqual([400, expect.stringContaining(detail)]);
    expect(desk.orders).toEqual([]);
  });
});

test('the other orders reach the desk with who gave them', async () => {
  expect((await post('incidents/7/release', {})).json).toMatchObject({ incident: { id: 7 } });
  expect((await post('breakers/a%2Fb/close', {})).status).toBe(204);
  expect((await post('pause', {})).status).toBe(204);
  expect((await post('resume', { flink_cluster: 'prod' })).status).toBe(204);
  expect(desk.orders).toEqual([
    ['release', 7, 'ann'],
    ['closeBreaker', 'a/b', 'ann'],
    ['pause', undefined, 'ann'],
    ['resume', 'prod', 'ann'],
  ]);
});

describe('every order', () => {
  test.each(EVERY)('%s is for its callers only, as JSON only, and without other keys', async (path, body) => {
    expect((await post(path, body, { authorization: 'Basic c29tZWJvZHk6eA==' })).status).toBe(401);
    // What the form of another site can send.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      expect((await post(path, body, { 'content-type': type })).status).toBe(415);
    }
    expect((await post(path, { ...body, force: true })).status).toBe(400);
    expect((await post(path, { ...body, x: 'x'.repeat(70_000) })).status).toBe(413);
    expect(desk.orders).toEqual([]);
    const get = await request(`${url}/api/v1/${path}`);
    await get.body.dump();
    expect([get.statusCode, get.headers.allow]).toEqual([405, 'POST']);
  });

  test.each([
    ['unknown_subject', 404],
    ['not_possible', 409],
    ['ledger_write', 503],
    ['lease_lost', 503],
  ] as const)('that fails with %s is %i', async (code, status) => {
    desk.failure = new MedicError(code, 'because');
    for (const [path, body] of EVERY) {
      const answer = await post(path, body);
      expect([path, answer.status, answer.json]).toEqual([
        path,
        status,
        expect.objectContaining({ code, detail: 'because' }),
      ]);
    }
  });

  test.each([
    'incidents/x/release',
    'incidents/-1/release',
    'incidents/99999999999999999999/release',
    'incidents/8/release',
  ])('%s is 404', async (path) => {
    const { status, json } = await post(path, {});
    expect([status, json['code']]).toEqual([404, 'unknown_subject']);
  });
});
