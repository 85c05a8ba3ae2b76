/** More alerts than any Alertmanager sends: one incident, one attempt, every one of them answered 202. */

import { Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const CONNECTIONS = 50;
const CONFIRM = { confirm: { running_for: '1s', checkpoint: false, timeout: '1m' } };

interface Load {
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What became of alerts, and how often. */
  readonly became: Readonly<Record<string, number>>;
  /** For people: latency and memory. */
  readonly figures: string;
}

function count(of: Map<string, number>, what: string): void {
  of.set(what, (of.get(what) ?? 0) + 1);
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** Sends all messages, as many at a time as there are connections. */
async function deliver(repair: Repair, messages: readonly object[]): Promise<Load> {
  const pool = new Pool(repair.medic.url, { connections: CONNECTIONS, pipelining: 1 });
  onTestFinished(() => pool.close());
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const [statuses, became] = [new Map<string, number>(), new Map<string, number>()];
  const latencies: number[] = [];
  const waiting = messages.map((message) => JSON.stringify(message));
  const begin = performance.now();
  const sendSome = async (): Promise<void> => {
    for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
      const sentAt = performance.now();
      const answer = await pool.request({ method: 'POST', path: '/api/v1/alertmanager', headers, body });
      const { alerts = [] } = (await answer.body.json()) as { alerts?: { became: string }[] };
      latencies.push(performance.now() - sentAt);
      count(statuses, String(answer.statusCode));
      for (const alert of alerts) count(became, alert.became);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendSome));
  const sorted = latencies.toSorted((a, b) => a - b);
  const percentile = (share: number): string => `${(sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(0)} ms`;
  const { heapUsed, rss } = process.memoryUsage();
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  return {
    statuses: Object.fromEntries(statuses),
    became: Object.fromEntries(became),
    figures:
      `${String(messages.length)} notifications over ${String(CONNECTIONS)} connections in ${seconds} s: ` +
      `p50 ${percentile(0.5)}, p99 ${percentile(0.99)}; heap ${mib(heapUsed)}, rss ${mib(rss)} with the sender`,
  };
}

describe('a flood of notifications', () => {
  it('that are all the same leads to one attempt', { timeout: 60_000 }, async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { cluster, medic } = repair;
    const failed = await repair.failed();
    const message = webhookMessage([
      { labels: repairWanted('c', 'orders', failed.jobId), startsAt: medic.time.manual.now() },
    ]);
    const times = 10_000;
    // They come before, during and after the attempt.
    const [load] = await Promise.all([
      deliver(repair, Array<object>(times).fill(message)),
      repair.until('succeeded', async () => {
        const { incidents } = await medic.json<{ incidents: { state: string }[] }>('/api/v1/incidents');
        return incidents[0]?.state === 'succeeded';
      }),
    ]);
    console.log(load.figures);
    expect(load.statuses).toEqual({ 202: times });
    expect(load.became).toEqual({ opened: 1, joined: times - 1 });
    expect(cluster.submissions).toHaveLength(1);
    const { incidents } = await medic.json<{ incidents: unknown[] }>('/api/v1/incidents');
    expect(incidents).toHaveLength(1);
    const { attempts, triggers, deliveries } = await repair.incident();
    expect(attempts).toHaveLength(1);
    expect(triggers).toMatchObject([{ kind: 'alert', count: times }]);
    expect(deliveries).toMatchObject([{ count: times }]);
    const page = await repair.page();
    expect(page.lines('flink_medic_alerts_received_total', 'firing')).toEqual([
      `flink_medic_alerts_received_total{status="firing"} ${String(times)}`,
    ]);
    expect(page.lines('flink_medic_webhook_rejected_total').filter((line) => !line.endsWith(' 0'))).toEqual([]);
  });

  it('about one run, of a thousand different alerts, leads to one attempt', { timeout: 60_000 }, async () => {
    const times = 1_000;
    const alerts = Array.from({ length: times }, (_, index) => `Alert${String(index)}`);
    const repair = await Repair.start({ policy: { ...CONFIRM, triggers: { alerts } } });
    const { cluster, medic } = repair;
    const failed = await repair.failed();
    const startsAt = medic.time.manual.now();
    const messages = alerts.map((name) =>
      webhookMessage([{ labels: { ...repairWanted('c', 'orders', failed.jobId), alertname: name }, startsAt }]),
    );
    const load = await deliver(repair, messages);
    console.log(load.figures);
    expect(load.statuses).toEqual({ 202: times });
    expect(load.became).toEqual({ opened: 1, joined: times - 1 });
    const { attempts, triggers, deliveries } = await repair.untilIncident({ state: 'succeeded' });
    expect(attempts).toHaveLength(1);
    expect(cluster.submissions).toHaveLength(1);
    // Bounded; all are in the audit.
    expect(triggers).toHaveLength(20);
    expect(deliveries).toHaveLength(times);
  });

  it('in one message of thousands is taken', { timeout: 60_000 }, async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const startsAt = repair.medic.time.manual.now();
    const annotations = { text: 'x'.repeat(400) };
    const labels = repairWanted('c', 'orders', failed.jobId);
    const known = Array.from({ length: 5_000 }, (_, index) => ({
      labels: { ...labels, replica: String(index) },
      startsAt,
      annotations,
    }));
    // Their run is there and has not ended: they wait.
    const alive = await repair.running('payments');
    const waiting = Array.from({ length: 5_000 }, (_, index) => ({
      labels: { ...repairWanted('c', 'payments', alive.jobId), replica: String(index) },
      startsAt,
      annotations,
    }));
    const message = webhookMessage([...known, ...waiting]);
    const load = await deliver(repair, [message]);
    console.log(`${String(JSON.stringify(message).length)} bytes: ${load.figures}`);
    expect(load.statuses).toEqual({ 202: 1 });
    expect(load.became).toEqual({ opened: 1, joined: 4_999, stored: 5_000 });
  });
});
