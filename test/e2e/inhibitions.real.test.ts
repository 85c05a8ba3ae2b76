/**
 * Who mutes whom, on a real Alertmanager with the shipped configuration beside the inhibitions that kube-prometheus ships:
 * every alert of the shipped rules is raised on clusters that differ in what else is wrong.
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../real-flink/until.ts';
import { realProgram } from '../support/real.ts';
import { startAlertmanager } from './support/alerting.ts';
import type { ActiveAlert } from './support/alertmanager.ts';
import { shippedAlerts } from './support/shipped-alerts.ts';
import { startStandIn } from './support/stand-in.ts';

const alertmanager = realProgram('prometheus-alertmanager', 'apt-get install prometheus-alertmanager');

/** manifests/alertmanager-secret.yaml of prometheus-operator/kube-prometheus */
const STOCK = [
  {
    source_matchers: ['severity = critical'],
    target_matchers: ['severity =~ warning|info'],
    equal: ['namespace', 'alertname'],
  },
  { source_matchers: ['severity = warning'], target_matchers: ['severity = info'], equal: ['namespace', 'alertname'] },
  { source_matchers: ['alertname = InfoInhibitor'], target_matchers: ['severity = info'], equal: ['namespace'] },
  { target_matchers: ['alertname = InfoInhibitor'] },
];

/** Which alerts are muted by which while both are about one job. The sources themselves never are. */
const MUTED_BY: Readonly<Record<string, readonly string[]>> = {
  FlinkJobManagerDown: [
    'FlinkClusterDataStale',
    'FlinkJobMissing',
    'FlinkJobNoCheckpoint',
    'FlinkJobRepairSlow',
    'FlinkJobStuck',
    'FlinkJobTasksNotRunning',
    'FlinkNoFreeSlots',
    'FlinkNoTaskManagers',
  ],
  FlinkMedicBreakerOpen: ['FlinkJobRepairNotStarted', 'FlinkJobRepairSlow'],
  FlinkJobFailed: ['FlinkJobMissing'],
  FlinkJobRepairWanted: ['FlinkJobMissing'],
  FlinkJobVanished: ['FlinkJobMissing'],
  FlinkJobCancelled: ['FlinkJobMissing'],
};
const SOURCES = Object.keys(MUTED_BY);
const ALL = 'with everything at once';

type Labels = Readonly<Record<string, string>>;

describe.skipIf(alertmanager.skip !== undefined)(`the inhibitions ${alertmanager.skip ?? ''}`, () => {
  it('mute what another alert explains, and never what flink-medic is asked by', { timeout: 60_000 }, async () => {
    const medic = await startStandIn();
    const running = await startAlertmanager({
      program: alertmanager.get(),
      webhook: medic.address,
      token: 'secret',
      inhibitRules: STOCK,
    });
    onTestFinished(() => running.stop());

    // One cluster for each source, with every alert that is none; and one with all alerts.
    const raised = [...scenes(), { alertname: 'InfoInhibitor', severity: 'none' }];
    await running.raise(raised);
    // An alert is listed before it mutes others, each in its turn: once the last one does, all do.
    const alerts = await until('the last alert to mute another', async () => {
      const known = await running.alerts();
      return mutedOn(ALL, known).includes('FlinkJobCancelled by InfoInhibitor') && known;
    });
    expect(alerts).toHaveLength(raised.length);

    for (const source of SOURCES) {
      const muted = (MUTED_BY[source] ?? []).map((target) => `${target} by ${source}`);
      const atCluster =
        source === 'FlinkJobManagerDown' ? ['FlinkJobMissing of another job by FlinkJobManagerDown'] : [];
      // What the stock inhibitions mute still mutes.
      const ofInfo = source === 'FlinkJobCancelled' ? ['FlinkJobCancelled by InfoInhibitor'] : [];
      expect(mutedOn(source, alerts)).toEqual([...muted, ...atCluster, ...ofInfo].toSorted());
    }
    const targets = new Set(['FlinkJobCancelled', ...Object.values(MUTED_BY).flat()]);
    expect(mutedOn(ALL, alerts).map((text) => text.replace(/ by .*/, ''))).toEqual([...targets].toSorted());

    // What is not muted arrives.
    await until('message about each failed job', () => medic.received.length >= 2);
    const told = medic.received.flatMap(({ message }) =>
      message.alerts.map(({ labels }) => labels['flink_cluster'] ?? ''),
    );
    expect(told.toSorted((a, b) => a.localeCompare(b))).toEqual(['FlinkJobRepairWanted', ALL]);
  });
});

function scenes(): Labels[] {
  const shipped = shippedAlerts().map(({ name, labels }) => ({ alertname: name, ...labels }));
  const on = (cluster: string, alerts: readonly Labels[]): Labels[] =>
    alerts.map((labels) => ({ ...labels, flink_cluster: cluster, job_name: 'orders', job_id: 'a' }));
  return [
    ...on(ALL, shipped),
    ...SOURCES.flatMap((source) => [
      ...on(
        source,
        shipped.filter(({ alertname }) => alertname === source || !SOURCES.includes(alertname)),
      ),
      { alertname: 'FlinkJobMissing', severity: 'critical', flink_cluster: source, job_name: 'another job' },
    ]),
  ];
}

/** "TARGET by SOURCE", sorted. */
function mutedOn(cluster: string, alerts: readonly ActiveAlert[]): string[] {
  const names = new Map(alerts.map(({ fingerprint, labels }) => [fingerprint, labels['alertname']]));
  return alerts
    .filter(({ labels, status }) => labels['flink_cluster'] === cluster && status.state === 'suppressed')
    .map(({ labels, status }) => {
      const target = `${labels['alertname'] ?? ''}${labels['job_name'] === 'orders' ? '' : ` of ${labels['job_name'] ?? ''}`}`;
      return `${target} by ${status.inhibitedBy.map((fingerprint) => names.get(fingerprint)).join()}`;
    })
    .toSorted();
}
