/** What several Alertmanagers and Prometheuses, and one that repeats itself, deliver of one outage: one attempt. */

import { describe, expect, it } from 'vitest';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const HOUR = 3_600_000;
const CONFIRM = { confirm: { running_for: '1s', checkpoint: false, timeout: '1m' } };

interface Answer {
  readonly alerts: readonly { readonly became: string; readonly incident?: number }[];
  readonly truncated: number;
}

async function deliver(repair: Repair, message: object): Promise<Answer> {
  const { status, text } = await postMessage(repair.medic.url, TOKEN, message);
  if (status !== 202) throw new Error(`the webhook answered ${String(status)}: ${text}`);
  return JSON.parse(text) as Answer;
}

const becameOf = ({ alerts }: Answer): string[] => alerts.map(({ became }) => became);

describe('two Alertmanagers', () => {
  it.each([100, 15_000])('that deliver the same alert %d ms apart lead to one restart', async (apartMs) => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { medic, cluster } = repair;
    const failed = await repair.failed();
    const labels = repairWanted('c', 'orders', failed.jobId);
    const message = webhookMessage([{ labels, startsAt: medic.time.manual.now() }]);
    expect(becameOf(await deliver(repair, message))).toEqual(['opened']);
    await medic.advance(apartMs);
    expect(becameOf(await deliver(repair, message))).toEqual(['joined']);
    const { triggers } = await repair.untilIncident({ state: 'succeeded' });
    expect(triggers).toMatchObject([{ count: 2 }]);
    expect(cluster.submissions).toHaveLength(1);
  });

  it('of two Prometheuses, whose labels and start differ, lead to one restart', async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { medic, cluster } = repair;
    const failed = await repair.failed();
    const answers = await Promise.all(
      ['a', 'b'].map((replica, index) => {
        const labels = { ...repairWanted('c', 'orders', failed.jobId), replica };
        return deliver(repair, webhookMessage([{ labels, startsAt: medic.time.manual.now() - 7_000 * index }]));
      }),
    );
    expect(answers.flatMap(becameOf).toSorted((a, b) => a.localeCompare(b))).toEqual(['joined', 'opened']);
    await repair.untilIncident({ state: 'succeeded' });
    expect(cluster.submissions).toHaveLength(1);
  });
});

describe('an alert', () => {
  it('that is repeated after four hours, or fires anew about the same run, restarts nothing again', async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { medic, cluster } = repair;
    const failed = await repair.failed();
    const labels = repairWanted('c', 'orders', failed.jobId);
    const startsAt = medic.time.manual.now();
    await deliver(repair, webhookMessage([{ labels, startsAt }]));
    await repair.untilIncident({ state: 'succeeded' });
    // Hours of polls are not what this is about.
    medic.time.manual.advance(4 * HOUR);
    await medic.advance(60_000);
    expect(await deliver(repair, webhookMessage([{ labels, startsAt }]))).toMatchObject({
      alerts: [{ became: 'joined', incident: 1 }],
    });
    expect(await deliver(repair, webhookMessage([{ labels, startsAt: medic.time.manual.now() }]))).toMatchObject({
      alerts: [{ became: 'joined', incident: 1 }],
    });
    await medic.advance(120_000);
    expect(cluster.submissions).toHaveLength(1);
    expect((await repair.incident()).state).toBe('succeeded');
  });

  it('that resolves with a start never seen firing withdraws what it asked for, and the repair goes on', async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { medic, cluster } = repair;
    const failed = await repair.failed();
    const labels = repairWanted('c', 'orders', failed.jobId);
    const now = medic.time.manual.now();
    await deliver(repair, webhookMessage([{ labels, startsAt: now }]));
    const resolved = webhookMessage([{ labels, startsAt: now + 5_000, endsAt: now + 6_000 }]);
    expect(await deliver(repair, resolved)).toMatchObject({ alerts: [{ became: 'withdrawn', incident: 1 }] });
    expect((await repair.incident()).triggers).toMatchObject([{ withdrawn: true }]);
    await repair.untilIncident({ state: 'succeeded' });
    expect(cluster.submissions).toHaveLength(1);
  });

  it('that resolves and was never seen is answered, and nothing comes of it', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const now = repair.medic.time.manual.now();
    const resolved = [{ labels: repairWanted('c', 'orders', failed.jobId), startsAt: now - 1_000, endsAt: now }];
    expect(becameOf(await deliver(repair, webhookMessage(resolved)))).toEqual(['withdrawn']);
    await repair.medic.advance(60_000);
    expect((await repair.medic.json<{ incidents: unknown[] }>('/api/v1/incidents')).incidents).toEqual([]);
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('that resolves while it waits for the end of its run asks for nothing when that ends', async () => {
    const repair = await Repair.start();
    const alive = await repair.running();
    const labels = repairWanted('c', 'orders', alive.jobId);
    const startsAt = repair.medic.time.manual.now();
    expect(becameOf(await deliver(repair, webhookMessage([{ labels, startsAt }])))).toEqual(['stored']);
    expect(becameOf(await deliver(repair, webhookMessage([{ labels, startsAt, endsAt: startsAt + 1 }])))).toEqual([
      'withdrawn',
    ]);
    alive.fail();
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
  });
});

describe('a group', () => {
  it('of three that fire and one that resolved: each is taken by its own status', async () => {
    const repair = await Repair.start({ policy: { ...CONFIRM, match: { flink_cluster: 'c', job_name: '/.*/' } } });
    const { medic, cluster } = repair;
    const names = ['a', 'b', 'd', 'e'];
    const jobs = names.map((name) => cluster.submit({ name }).run());
    for (const job of jobs) job.completeCheckpoint();
    await medic.advance(20_000);
    for (const job of jobs) job.fail();
    await medic.advance(10_000);
    const startsAt = medic.time.manual.now();
    const alerts = jobs.map(({ name, jobId }, index) => ({
      labels: repairWanted('c', name, jobId),
      startsAt,
      ...(index === 3 && { endsAt: startsAt + 1 }),
    }));
    // Alertmanager escapes the name of the receiver, and may leave alerts out.
    const more = { receiver: 'flink\\.medic', status: 'firing', truncatedAlerts: 7, notification_reason: 'new' };
    const answer = await deliver(repair, webhookMessage(alerts, more));
    expect(becameOf(answer)).toEqual(['opened', 'opened', 'opened', 'withdrawn']);
    expect(answer.truncated).toBe(7);
    const page = await repair.page();
    expect(page.lines(['flink_medic_alerts_truncated_total', 'flink_medic_alerts_received_total'])).toEqual([
      'flink_medic_alerts_received_total{status="firing"} 3',
      'flink_medic_alerts_received_total{status="resolved"} 1',
      'flink_medic_alerts_truncated_total 7',
    ]);
    expect(medic.log.filter(({ truncated }) => truncated === 7)).toMatchObject([{ level: 'warn' }]);
    const { incidents } = await medic.json<{ incidents: { job_name: string }[] }>('/api/v1/incidents');
    expect(new Set(incidents.map(({ job_name: name }) => name))).toEqual(new Set(['a', 'b', 'd']));
  });
});
