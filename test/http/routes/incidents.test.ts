/** What the API tells of incidents and decisions. */

import { request } from 'undici';
import { beforeEach, describe, expect, test } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import type { Explanation } from '../../../src/http/restart-desk.ts';
import { apiExplainRoute } from '../../../src/http/routes/api-explain.ts';
import { incidentRoutes } from '../../../src/http/routes/api-incidents.ts';
import { ManualTime } from '../../e2e/support/manual-time.ts';
import { knowledgeOfOneCluster } from '../knowledge-fixture.ts';
import { explanation, FakeDesk } from '../restart-fixtures.ts';
import { FakeLogger, serveApp } from '../support.ts';

async function get(url: string): Promise<{ status: number; json: Record<string, unknown>; text: string }> {
  const answer = await request(url);
  const text = await answer.body.text();
  return { status: answer.statusCode, json: JSON.parse(text) as Record<string, unknown>, text };
}

const SENT = {
  driver: 'flink_rest',
  job_id: '2'.repeat(32),
  jar: { file: '/jars/orders.jar', sha256: 'ab'.repeat(32) },
  entry_class: 'com.example.Orders',
  args: ['--env', 'prod', '--db-password', '******', '--url=jdbc:db://ann:******@db/orders'],
  parallelism: 4,
  config: { 's3.secret-key': '******', 'pipeline.max-parallelism': '128' },
  restore: {
    path: 'file:/checkpoints/chk-7',
    claim_mode: 'NO_CLAIM',
    allow_non_restored_state: false,
    checkpoint_id: 7,
    completed: '2025-12-31T23:59:58.000Z',
  },
  restore_detail: 'checkpoint 7, the newest',
  submit_timeout_seconds: 900,
};
const ENDED = {
  flink_cluster: 'prod',
  job_name: 'orders',
  job_id: '1'.repeat(32),
  generation: 1,
  final_status: 'FAILED',
  end: '2026-01-01T00:00:00.000Z',
};

describe('incidents', () => {
  let url: string;
  beforeEach(async () => {
    url = `${await serveApp({ routes: incidentRoutes(new FakeDesk()) })}/api/v1/incidents`;
  });

  test('tell the whole story, without secrets', async () => {
    const { status, json, text } = await get(`${url}/7`);
    expect(status).toBe(200);
    expect(json).toEqual({
      incident: {
        id: 7,
        ...ENDED,
        state: 'deferred',
        reason: 'back_off',
        because: 'The time between attempts has not passed.',
        advice: 'Nothing to do.',
        detail: 'until 00:01',
        opened: '2026-01-01T00:00:01.000Z',
        since: '2026-01-01T00:00:17.000Z',
        policy: 'orders',
        triggers: [
          {
            kind: 'alert',
            name: 'FlinkJobRepairWanted',
            fingerprint: '59b40c0c24914884',
            starts_at: '2026-01-01T00:00:00.000Z',
            first: '2026-01-01T00:00:01.000Z',
            last: '2026-01-01T00:00:02.000Z',
            count: 2,
            withdrawn: false,
          },
        ],
        order: { time: '2026-01-01T00:00:05.000Z', from: 'file:/savepoints/1', lift: ['exhausted'] },
        attempts: [
          {
            number: 1,
            state: 'failed',
            failure: 'ended_again',
            because: 'The new run ended before it was confirmed.',
            detail: 'it failed after 3 s',
            answers: ENDED,
            request: SENT,
            intended: '2026-01-01T00:00:10.000Z',
            sent: ['2026-01-01T00:00:11.000Z'],
            submitted: '2026-01-01T00:00:12.000Z',
            running: '2026-01-01T00:00:13.000Z',
            run_ended: { ...ENDED, job_id: '2'.repeat(32), end: '2026-01-01T00:00:16.000Z' },
            ended: '2026-01-01T00:00:17.000Z',
          },
        ],
        would_send: SENT,
        events: [
          { time: '2026-01-01T00:00:01.000Z', event: 'opened', detail: 'by FlinkJobRepairWanted' },
          {
            time: '2026-01-01T00:00:17.000Z',
            event: 'attempt_failed',
            reason: 'ended_again',
            detail: 'attempt 1',
          },
        ],
        deliveries: [
          {
            fingerprint: '59b40c0c24914884',
            starts_at: '2026-01-01T00:00:00.000Z',
            status: 'firing',
            alertname: 'FlinkJobRepairWanted',
            first: '2026-01-01T00:00:01.000Z',
            last: '2026-01-01T00:00:02.000Z',
            count: 2,
            became: 'opened',
          },
        ],
      },
    });
    expect(text).not.toContain('hunter2');
  });

  test.each([
    ['', [7, 6]],
    ['?flink_cluster=prod', [7]],
    ['?flink_cluster=prod&flink_cluster=test', [7, 6]],
    ['?job=orders', [7]],
    [`?job=${'3'.repeat(32)}`, [6]],
    ['?job=red%1b%5b31m&state=refused', [6]],
    ['?state=deferred', [7]],
    ['?state=deferred&flink_cluster=test', []],
    ['?state[]=x', [7, 6]],
  ])('are listed, newest first: %s', async (query, ids) => {
    const { json } = await get(url + query);
    expect((json['incidents'] as { id: number }[]).map(({ id }) => id)).toEqual(ids);
  });

  test.each(['8', '0', '-7', '7.0', '07x', '1e0', '__proto__', '99999999999999999999'])('%s is none', async (id) => {
    const { status, json } = await get(`${url}/${id}`);
    expect([status, json['advice']]).toEqual([404, 'GET /api/v1/incidents lists what is known.']);
  });
});

describe('explain', () => {
  const time = new ManualTime();
  const logger = new FakeLogger();

  async function explain(decide: () => Promise<Explanation | undefined>) {
    const desk = { explain: decide };
    const route = apiExplainRoute(knowledgeOfOneCluster(), { desk, timers: time.timers, logger });
    return `${await serveApp({ routes: [route] })}/api/v1/explain/prod/orders`;
  }

  test('tells what would happen now, stage by stage', async () => {
    const { json } = await get(await explain(async () => explanation));
    expect(json['runs']).toHaveLength(1);
    expect(json['restart']).toEqual({
      ...ENDED,
      policy: 'orders',
      incident: 7,
      decision: 'deferred',
      reason: 'dry_run',
      because: expect.stringContaining('restart.mode is dry_run'),
      advice: 'Set it to on.',
      detail: 'it would be submitted',
      stages: [
        { stage: 'policy' },
        {
          stage: 'mode',
          reason: 'dry_run',
          because: expect.stringContaining('restart.mode is dry_run'),
          advice: 'Set it to on.',
          detail: 'it would be submitted',
          until: '2026-01-01T00:00:00.000Z',
        },
      ],
      would_send: SENT,
    });
    expect(time.pending).toBe(0);
  });

  test('leaves it out when no run has ended', async () => {
    const { json } = await get(await explain(async () => undefined));
    expect(Object.keys(json)).toEqual(['runs']);
  });

  test('says why it cannot tell, and tells the rest', async () => {
    const failed = await get(await explain(() => Promise.reject(new MedicError('timeout', 'no answer'))));
    expect(failed).toMatchObject({ status: 200, json: { runs: [{}], restart_problem: 'no answer' } });
    const broken = await get(await explain(() => Promise.reject(new Error('password is hunter2'))));
    expect(broken.json['restart_problem']).toBe('the decision failed; the log of flink-medic has the cause');
    expect(logger.lines).toHaveLength(1);
  });

  test('does not wait for it longer than five seconds', async () => {
    const decided = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    const url = await explain(() => {
      asked.resolve();
      return decided.promise;
    });
    const answer = get(url);
    await asked.promise;
    expect(time.fireNext(time.manual.now() + 4_999)).toBe(false);
    expect(time.fireNext(time.manual.now() + 5_000)).toBe(true);
    expect((await answer).json['restart_problem']).toMatch(/5 s/);
    decided.resolve(undefined);
  });
});
