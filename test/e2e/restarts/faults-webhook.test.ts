/** What a stranger, a hand or a wrong configuration sends to the webhook: the answer of the contract, no action, counted. */

import { request } from 'undici';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const PATH = '/api/v1/alertmanager';
const JSON_TYPE = 'application/json';

describe('the webhook', () => {
  let repair: Repair;
  let failed: FakeJob;
  beforeEach(async () => {
    repair = await Repair.start();
    failed = await repair.failed();
  });

  interface Sent {
    readonly path?: string;
    readonly method?: 'POST' | 'GET' | 'PUT';
    readonly authorization?: string;
    readonly type?: string;
    readonly body?: string | Buffer;
  }

  async function send({
    path = PATH,
    method = 'POST',
    authorization = `Bearer ${TOKEN}`,
    type = JSON_TYPE,
    body,
  }: Sent): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { 'content-type': type, ...(authorization !== '' && { authorization }) };
    const sent = body ?? JSON.stringify(wanted());
    const answer = await request(`${repair.medic.url}${path}`, {
      method,
      headers,
      ...(method !== 'GET' && { body: sent }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  function wanted(labels: Readonly<Record<string, string>> = {}): object {
    const all = { ...repairWanted('c', 'orders', failed.jobId), ...labels };
    return webhookMessage([{ labels: all, startsAt: repair.medic.time.manual.now() }]);
  }

  async function counted(family: string): Promise<string[]> {
    return (await repair.page()).lines(family).filter((line) => !line.endsWith(' 0'));
  }

  /** Nothing comes of it, however long one waits. */
  async function nothingHappens(): Promise<void> {
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
    expect(repair.jobManager.count('/jars')).toBe(0);
  }

  async function incidents(): Promise<readonly unknown[]> {
    return (await repair.medic.json<{ incidents: unknown[] }>('/api/v1/incidents')).incidents;
  }

  it('refuses what is no notification of a caller that it knows', async () => {
    const cases: readonly [string, Sent, number, string, RegExp][] = [
      ['no credentials', { authorization: '' }, 401, 'unauthenticated', /webhook/],
      ['a wrong token', { authorization: 'Bearer wrong' }, 401, 'unauthenticated', /webhook/],
      ['a token that is longer', { authorization: `Bearer ${TOKEN}x` }, 401, 'unauthenticated', /webhook/],
      ['the scheme of another', { authorization: `Basic ${btoa(`a:${TOKEN}`)}` }, 401, 'unauthenticated', /webhook/],
      ['no JSON', { body: 'up{job="x"} 1' }, 400, 'malformed', /version 4/],
      ['half of a message', { body: '{"version":"4","alerts":[{' }, 400, 'malformed', /version 4/],
      ['another type', { type: 'text/plain' }, 400, 'malformed', /version 4/],
      ['a form', { type: 'application/x-www-form-urlencoded', body: 'version=4' }, 400, 'malformed', /version 4/],
      ['nothing', { body: '' }, 400, 'malformed', /version 4/],
      ['null', { body: 'null' }, 400, 'malformed', /version 4/],
      ['a list', { body: '[]' }, 400, 'malformed', /version 4/],
      ['a custom payload', { body: '{"text":"FlinkJobRepairWanted"}' }, 400, 'malformed', /payload/],
      ['version 3', { body: JSON.stringify({ version: '3', alerts: [] }) }, 400, 'malformed', /version 4/],
      ['alerts that are none', { body: JSON.stringify({ version: '4', alerts: 7 }) }, 400, 'malformed', /version 4/],
      ['an alert that is none', { body: JSON.stringify({ version: '4', alerts: [7] }) }, 400, 'malformed', /version 4/],
      ['20 MiB', { body: Buffer.alloc(20 * 2 ** 20, ' ') }, 413, 'too_large', /max_alerts|Group by/],
      ['a GET', { method: 'GET' }, 405, 'not_found', /POST/],
      ['a PUT', { method: 'PUT' }, 405, 'not_found', /POST/],
      ['a wrong path', { path: '/api/v1/alerts' }, 404, 'not_found', /api\/v1\/alertmanager/],
    ];
    const expected = new Map<string, number>();
    for (const [what, sent, status, reason, advice] of cases) {
      const answer = await send(sent);
      expect({ what, ...answer }).toEqual({ what, status, text: expect.stringMatching(advice) });
      expect(answer.text).not.toContain(TOKEN);
      expected.set(reason, (expected.get(reason) ?? 0) + 1);
    }
    expect((await counted('flink_medic_webhook_rejected_total')).toSorted()).toEqual(
      Array.from(
        expected,
        ([reason, times]) => `flink_medic_webhook_rejected_total{reason="${reason}"} ${String(times)}`,
      ).toSorted(),
    );
    expect(await incidents()).toEqual([]);
    await nothingHappens();
  });

  it('lets an address wait that failed to log in too often, with an answer after which Alertmanager sends again', async () => {
    const statuses = [];
    for (let tries = 0; tries < 40; tries += 1) statuses.push((await send({ authorization: 'Bearer wrong' })).status);
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(503);
    expect((await send({})).status).toBe(503);
    await repair.medic.advance(600_000);
    expect((await send({})).status).toBe(202);
  });

  const strange = [
    '../../../etc/passwd',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    '.*',
    'orders|payments',
    '$(touch /tmp/x)',
    '{{ .Labels }}',
    "'; DROP TABLE incidents; --",
    '__proto__',
    'constructor',
    'orders\0',
    'orders\n',
    'ORDERS',
    ' orders',
    '\u202eorders',
    '%6frders',
    'x'.repeat(100_000),
  ];
  it.each([
    ['flink_cluster', 'unknown_cluster'],
    ['job_name', 'unknown_job'],
    ['job_id', 'unknown_job'],
    ['alertname', 'not_opted_in'],
  ])('ignores and counts strange values of %s', async (label, reason) => {
    for (const value of strange) {
      const answer = await send({ body: JSON.stringify(wanted({ [label]: value })) });
      expect(answer.status).toBe(202);
      const { alerts } = JSON.parse(answer.text) as { alerts: object[] };
      expect({ value, alerts }).toMatchObject({ value, alerts: [{ became: 'ignored', reason }] });
      expect(answer.text.length).toBeLessThan(3_000);
    }
    expect(await counted('flink_medic_alerts_ignored_total')).toEqual([
      `flink_medic_alerts_ignored_total{reason="${reason}"} ${String(strange.length)}`,
    ]);
    expect(await incidents()).toEqual([]);
    await nothingHappens();
  });

  it.each(['flink_cluster', 'job_name'])('ignores and counts an alert without %s', async (label) => {
    for (const labels of [{ [label]: '' }, { [label]: undefined as unknown as string }]) {
      const answer = await send({ body: JSON.stringify(wanted(labels)) });
      expect(JSON.parse(answer.text)).toMatchObject({ alerts: [{ became: 'ignored', reason: 'labels_missing' }] });
      expect(answer.text).toContain(label);
    }
    expect(await counted('flink_medic_alerts_ignored_total')).toEqual([
      'flink_medic_alerts_ignored_total{reason="labels_missing"} 2',
    ]);
    await nothingHappens();
  });

  it('takes no particulars of a restart from labels or annotations', async () => {
    const wishes = {
      jar: '/tmp/evil.jar',
      savepointPath: 'file:///tmp/evil',
      entry_class: 'Evil',
      url: 'http://127.0.0.1:1/',
      policy: 'none',
    };
    const message = webhookMessage([
      {
        labels: { ...repairWanted('c', 'orders', failed.jobId), ...wishes },
        annotations: wishes,
        startsAt: repair.medic.time.manual.now(),
      },
    ]);
    expect((await send({ body: JSON.stringify(message) })).status).toBe(202);
    await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(JSON.stringify(repair.cluster.submissions)).not.toMatch(/evil/i);
  });

  it('takes a message made by hand with the least that is needed', async () => {
    const labels = { alertname: 'FlinkJobRepairWanted', flink_cluster: 'c', job_name: 'orders', job_id: failed.jobId };
    const startsAt = new Date(repair.medic.time.manual.now()).toISOString();
    const answer = await send({
      body: JSON.stringify({ version: '4', alerts: [{ status: 'firing', labels, startsAt }] }),
    });
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.text)).toMatchObject({ alerts: [{ became: 'opened' }] });
  });
});

describe('the webhook without credentials in the configuration', () => {
  it('refuses everything, says which key to add, and counts it', async () => {
    const repair = await Repair.start({ config: { webhook: {} } });
    const failed = await repair.failed();
    await expect(repair.alert(failed)).rejects.toThrow(/403.*webhook/);
    const lines = (await repair.page()).lines('flink_medic_webhook_rejected_total', 'forbidden');
    expect(lines).toEqual(['flink_medic_webhook_rejected_total{reason="forbidden"} 1']);
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
  });
});
