/** Alerts that arrive at the start or during a reload, before the runs of their cluster are known. */

import { expect, it } from 'vitest';
import type { ReceivedAlert } from '../../src/core/restart/alerts.ts';
import { IncidentStore } from '../../src/restart/incident-store.ts';
import { Intake, MAX_WAITING } from '../../src/restart/intake.ts';
import type { WatchedCluster } from '../../src/restart/watched-cluster.ts';
import { FakeIncidentLedger } from '../ledger/fake-incident-ledger.ts';

const alert: ReceivedAlert = {
  status: 'firing',
  labels: { alertname: 'FlinkJobRepairWanted', flink_cluster: 'c', job_name: 'orders' },
  startsAt: 0,
  fingerprint: 'f',
};

async function intakeOver(cluster: () => WatchedCluster | undefined): Promise<Intake> {
  const ledger = new FakeIncidentLedger();
  const store = new IncidentStore(await ledger.loadIncidents(), {
    ledger,
    lease: await ledger.takeLease(),
    notify: () => [],
    changed: () => undefined,
    failed: () => undefined,
  });
  return new Intake({
    store,
    cluster,
    isConfigured: (name) => name === 'c',
    rules: () => {
      throw new Error('nothing is opened');
    },
    clock: { now: () => 0 },
    metrics: { ignored: () => undefined },
    opened: () => undefined,
  });
}

it('keeps an alert about a cluster that is configured and being set up', async () => {
  const intake = await intakeOver(() => undefined);
  expect(await intake.receive([alert])).toMatchObject([{ became: 'stored', detail: 'cluster c is being set up' }]);
});

it('ignores one about a cluster that is not configured', async () => {
  const intake = await intakeOver(() => undefined);
  const other = { ...alert, labels: { ...alert.labels, flink_cluster: 'd' } };
  expect(await intake.receive([other])).toMatchObject([{ became: 'ignored', reason: 'unknown_cluster' }]);
});

it('takes thousands of alerts in one message without holding up everything else', async () => {
  const intake = await intakeOver(() => undefined);
  const alerts = Array.from({ length: MAX_WAITING + 1 }, (_, index) => ({
    ...alert,
    fingerprint: `f${String(index)}`,
  }));
  const begun = performance.now();
  const outcomes = await intake.receive(alerts);
  // It took half a minute while what waits was counted for each alert.
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(outcomes.slice(-2)).toMatchObject([{ became: 'stored' }, { became: 'ignored', reason: 'run_not_ended' }]);
  expect((await intake.receive([{ ...alert, fingerprint: 'f0' }]))[0]).toMatchObject({ became: 'stored' });
  const resolved = await intake.receive([{ ...alert, status: 'resolved', fingerprint: 'f0' }]);
  expect(resolved).toMatchObject([{ became: 'withdrawn' }]);
  expect(await intake.receive([{ ...alert, fingerprint: 'one more' }])).toMatchObject([{ became: 'stored' }]);
});
