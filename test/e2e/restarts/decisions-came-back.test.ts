/** The job is there again, or is meant to be gone, before anything is submitted: then nothing is, and the reason is told. */

import { describe, expect, it } from 'vitest';
import { startCluster } from '../support/fake.ts';
import { ManualTime } from '../support/manual-time.ts';
import { Repair } from './repair.ts';

/** What everybody can read of it: the API, the counter of decisions and the state of the incident. */
async function told(repair: Repair): Promise<string[]> {
  const { reason, events } = await repair.incident();
  expect(events.at(-1)).toMatchObject({ reason });
  return repair.told();
}

const refusedAs = (reason: string): string[] => [
  `flink_medic_incident{flink_cluster="c",job_name="orders",state="refused",reason="${reason}"} 1`,
  `flink_medic_restart_decisions_total{decision="refused",reason="${reason}"} 1`,
];
const deferredAs = (reason: string): string[] => refusedAs(reason).map((line) => line.replace('refused', 'deferred'));

describe('before the attempt the job', () => {
  it('was started again by a person, with whom it RUNS', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    repair.cluster.submit({ name: 'orders' }).run();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    await repair.medic.advance(120_000);
    expect(repair.cluster.submissions).toEqual([]);
    // The job runs, so nobody has to look at the incident.
    expect(await told(repair)).toEqual(refusedAs('superseded').slice(1));
  });

  it('was started again by a person, and is RESTARTING', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    repair.cluster.submit({ name: 'orders' }).run().restart();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    await repair.medic.advance(120_000);
    expect(repair.cluster.submissions).toEqual([]);
    // It came up, so nobody has to look at the incident, whatever the new run does.
    expect(await told(repair)).toEqual(refusedAs('superseded').slice(1));
  });

  it('comes back between the two looks', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    await repair.alert(failed);
    await repair.until('first look', () => repair.jobManager.count('/config') > 1);
    await repair.medic.advance(3_000);
    repair.cluster.submit({ name: 'orders' });
    await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('was started again, and the JobManager leaves it out of its list', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const again = repair.cluster.submit({ name: 'orders' }).run();
    await repair.medic.advance(20_000);
    again.listed = false;
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    expect(repair.cluster.submissions).toEqual([]);
    expect(await told(repair)).toEqual(refusedAs('superseded').slice(1));
  });

  it('has another run that began earlier and is alive', async () => {
    const repair = await Repair.start();
    const first = repair.cluster.submit({ name: 'orders' }).run();
    const failed = await repair.failed();
    first.restart().listed = false;
    await repair.alert(failed);
    await repair.untilIncident({ state: 'deferred', reason: 'already_running' });
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
    expect(await told(repair)).toEqual(deferredAs('already_running'));
    first.cancel().listed = true;
    await repair.untilIncident({ state: 'refused', reason: 'ambiguous_name' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('runs twice', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    for (const _ of [1, 2]) repair.cluster.submit({ name: 'orders' }).run();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'deferred', reason: 'duplicate_running' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('was cancelled by a person', async () => {
    const repair = await Repair.start();
    const job = (await repair.running()).cancel();
    await repair.medic.advance(10_000);
    await repair.alert(job);
    await repair.untilIncident({ state: 'refused', reason: 'canceled' });
    expect(await told(repair)).toEqual(refusedAs('canceled'));
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('was started by a person, who then cancelled it', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    repair.cluster.submit({ name: 'orders' }).run().cancel();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('was started under another name from its snapshot', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const path = `file:${repair.checkpoint(failed.jobId, 1)}/`;
    repair.cluster.submit({ name: 'orders-blue', restoreFrom: { id: 1, path } }).run();
    await repair.alert(failed);
    const { detail } = await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    expect(detail).toContain(path);
    expect(await told(repair)).toEqual(refusedAs('superseded'));
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('was not, by a job of another name that began from a snapshot of its own', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    repair.cluster.submit({ name: 'other', restoreFrom: { id: 1, path: 'file:/elsewhere/chk-1' } }).run();
    await repair.alert(failed);
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });

  it('was started on another configured cluster', async () => {
    const time = new ManualTime();
    const other = await startCluster({ clock: time.manual });
    const repair = await Repair.start({ medic: { time } });
    const config = repair.config();
    repair.medic.configure({
      ...config,
      clusters: [...config.clusters, { name: 'd', jobmanagers: [other.jobManager.baseUrl], archives: [] }],
    });
    await repair.medic.reload();
    const failed = await repair.failed();
    other.cluster.submit({ name: 'orders' }).run();
    await repair.alert(failed);
    const { detail } = await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    expect(detail).toContain('on cluster d');
    expect(await told(repair)).toEqual(refusedAs('superseded'));
    expect([...repair.cluster.submissions, ...other.cluster.submissions]).toEqual([]);
  });

  it('comes back while its jar is uploaded', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    repair.jobManager.faults.set('/jars/upload', { kind: 'delay', ms: 500 });
    await repair.alert(failed);
    await repair.until('upload', () => repair.jobManager.count('/jars/upload') > 0);
    repair.cluster.submit({ name: 'orders' }).run();
    await repair.untilIncident({ state: 'refused', reason: 'superseded' });
    expect(repair.cluster.submissions).toEqual([]);
  });
});

describe('a stop with a savepoint', () => {
  const everything = { on: ['FAILED', 'VANISHED', 'CANCELED', 'FINISHED'], wait: '5m', triggers: { watchdog: true } };

  it('and an upgrade by hand is never taken for a failure, under any `on`', async () => {
    const repair = await Repair.start({ policy: everything });
    const job = await repair.running();
    job.takeSavepoint();
    job.finish();
    await repair.medic.advance(10_000);
    await repair.alert(job);
    await repair.untilIncident({ state: 'waiting', reason: 'end_wait' });
    repair.cluster.submit({ name: 'orders' }).run();
    await repair.medic.advance(280_000);
    await repair.untilIncident({ state: 'refused' });
    expect((await repair.incident()).reason).toMatch(/^(stopped_on_purpose|superseded)$/);
    expect(repair.cluster.submissions).toEqual([]);
  });

  it.each(['FINISHED', 'CANCELED'])('that nobody follows is none either (%s)', async (status) => {
    const repair = await Repair.start({ policy: everything });
    const job = await repair.running();
    job.takeSavepoint();
    if (status === 'FINISHED') job.finish();
    else job.cancel();
    await repair.medic.advance(280_000);
    await repair.untilIncident({ state: 'refused', reason: 'stopped_on_purpose' });
    expect(repair.cluster.submissions).toEqual([]);
    expect(await told(repair)).toContain(refusedAs('stopped_on_purpose')[1]);
  });
});
