/** The shipped rules and configurations on a real Prometheus and a real Alertmanager, in front of a page that a test writes. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../real-flink/until.ts';
import { realProgram } from '../../support/real.ts';
import { startAlerting } from './alerting.ts';
import { startStandIn } from './stand-in.ts';
import { postMessage, repairWanted, webhookMessage } from './webhook.ts';

const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const alertmanager = realProgram('prometheus-alertmanager', 'apt-get install prometheus-alertmanager');
const skipped = prometheus.skip ?? alertmanager.skip;

const RUN = '{flink_cluster="prod",job_id="a",job_name="orders"}';

function failedRun(superseded: 0 | 1): string {
  return `flink_job_final_status{flink_cluster="prod",job_id="a",job_name="orders",status="FAILED",source="live"} 1
flink_job_end_timestamp_seconds${RUN} ${Date.now() / 1000}
flink_job_superseded${RUN} ${superseded}
flink_medic_job_managed{flink_cluster="prod",job_name="orders"} 1
`;
}

describe.skipIf(skipped !== undefined)(`the shipped alerting ${skipped ?? ''}`, { timeout: 120_000 }, () => {
  it('brings one message to the webhook when a job FAILED, and one when a newer run replaced it', async () => {
    const medic = await startStandIn();
    const alerting = await startAlerting({
      programs: { prometheus: prometheus.get(), alertmanager: alertmanager.get() },
      medic: medic.address,
      token: 'secret',
      route: { group_interval: '2s' },
    });
    onTestFinished(() => alerting.stop());
    medic.say(failedRun(0));
    const fired = await until('message', () => medic.received[0]);
    const labels = repairWanted('prod', 'orders', 'a');
    expect(fired.headers).toEqual({
      authorization: 'Bearer secret',
      type: 'application/json',
      path: 'POST /api/v1/alertmanager',
    });
    expect(fired.message.status).toBe('firing');
    expect(fired.message.alerts.map((alert) => alert.labels)).toEqual([labels]);
    const [raised] = (await alerting.prometheus.alerts()).filter(isTrigger);
    expect([raised?.state, raised?.labels]).toEqual(['firing', labels]);
    const [active] = (await alerting.alertmanager.alerts()).filter(isTrigger);
    expect(active?.receivers).toEqual([{ name: 'flink-medic' }, { name: 'people' }]);

    medic.say(failedRun(1));
    const resolved = await until('second message', () => medic.received[1]);
    expect(resolved.message.status).toBe('resolved');
    expect(resolved.message.alerts.map((alert) => alert.labels)).toEqual([labels]);
    expect(medic.received).toHaveLength(2);
    expect(alerting.prometheus.complaints()).toEqual([]);

    // What tests post by hand has the form of what came.
    await postMessage(`http://${medic.address}`, 'secret', webhookMessage([{ labels }]));
    const [posted] = medic.received.slice(2);
    expect(posted?.headers).toEqual(fired.headers);
    expect(shape(posted?.message)).toEqual(shape(fired.message));
  });
});

/** Other alerts are for people. */
function isTrigger({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return labels['flink_medic'] === 'restart';
}

/** Names and types of all fields but annotations, which are the rule's. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  const fields = Object.entries(value).filter(([name]) => !/annotations/i.test(name));
  return Object.fromEntries(fields.map(([name, field]) => [name, shape(field)]));
}
