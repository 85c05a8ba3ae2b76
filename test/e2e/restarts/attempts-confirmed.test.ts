/** What becomes of the run that an attempt started: confirmed, ended, cancelled, or not confirmed in time. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { startJobManager } from '../support/fake.ts';
import { Repair, type RepairOptions } from './repair.ts';

const MINUTE = 60_000;
const ORDER = { flink_cluster: 'c', job: 'orders' };

/** The job failed, and an attempt brought it back; whether that is any good nobody knows yet. */
async function confirming(options: RepairOptions = {}): Promise<{ repair: Repair; again: FakeJob }> {
  const repair = await Repair.start(options);
  await repair.alert(await repair.failed());
  await repair.untilIncident({ state: 'confirming' });
  const [, again] = repair.cluster.jobs;
  if (again === undefined) throw new Error('nothing was submitted');
  return { repair, again };
}

describe('the run that an attempt started', () => {
  it('is confirmed when it runs without a restart and has completed a checkpoint of its own', async () => {
    const { repair, again } = await confirming();
    await repair.medic.advance(MINUTE);
    expect(await repair.incident()).toMatchObject({ state: 'confirming' });
    again.restart();
    await repair.medic.advance(20_000);
    again.restarted();
    again.completeCheckpoint();
    await repair.medic.advance(20_000);
    // It has to run for half a minute since its restart.
    expect(await repair.incident()).toMatchObject({ state: 'confirming' });
    await repair.untilIncident({ state: 'succeeded' }, { withinMs: MINUTE });
    const refused = await repair.order('restarts', ORDER);
    expect(refused.status).toBe(409);
    expect(await repair.incident()).toMatchObject({ state: 'succeeded' });
    expect(repair.cluster.submissions).toHaveLength(1);
    // Nor may the run that it replaced be ordered again: its new failure has an incident of its own.
    again.fail();
    await repair.medic.advance(20_000);
    const [failed] = repair.cluster.jobs;
    expect(await repair.order('restarts', { flink_cluster: 'c', job: failed?.jobId })).toMatchObject({ status: 409 });
    await repair.alert(again);
    await repair.untilIncident({ state: 'confirming' }, { id: 2 });
  });

  it('counts under another name, too, but the old name is not back', async () => {
    const repair = await Repair.start({ policy: { match: { flink_cluster: 'c', job_name: 'old-orders' } } });
    const failed = await repair.failed('old-orders');
    await repair.alert(failed);
    await repair.untilIncident({ state: 'confirming' });
    const [, again] = repair.cluster.jobs;
    expect(again?.name).toBe('orders');
    again?.completeCheckpoint();
    await repair.untilIncident({ state: 'succeeded' });
    await repair.medic.advance(MINUTE);
    expect((await repair.page()).lines('flink_job_superseded')).toEqual([
      `flink_job_superseded{flink_cluster="c",job_id="${failed.jobId}",job_name="old-orders"} 0`,
    ]);
  });

  it('may finish', async () => {
    const { repair, again } = await confirming();
    again.finish();
    await repair.untilIncident({ state: 'succeeded' });
    await repair.medic.advance(5 * MINUTE);
    expect(repair.cluster.submissions).toHaveLength(1);
  });

  it('may be cancelled by a person, and is left alone then', async () => {
    const { repair, again } = await confirming();
    again.cancel();
    expect(await repair.untilIncident({ state: 'withdrawn' })).toMatchObject({ attempts: [{ state: 'withdrawn' }] });
    await repair.restartMedic();
    await repair.alert(again);
    await repair.medic.advance(5 * MINUTE);
    expect(repair.cluster.submissions).toHaveLength(1);
  });

  it('is waited for while the JobManager does not answer', async () => {
    const { repair, again } = await confirming();
    const { port } = repair.jobManager;
    await repair.jobManager.stop();
    await repair.medic.advance(10 * MINUTE);
    expect(await repair.incident()).toMatchObject({ state: 'confirming' });
    await startJobManager(repair.cluster, { port });
    again.completeCheckpoint();
    await repair.untilIncident({ state: 'succeeded' });
    expect(repair.cluster.submissions).toHaveLength(1);
  });

  it('is unconfirmed after the time-out, and locks its job until it turns out well', async () => {
    // Longer than its interval and time-out of checkpoints.
    const { repair, again } = await confirming({ policy: { confirm: { timeout: '12m' } } });
    await repair.medic.advance(11 * MINUTE);
    expect(await repair.order('restarts', ORDER)).toMatchObject({ status: 409 });
    await repair.untilIncident({ state: 'unconfirmed' });
    expect(await repair.order('restarts', ORDER)).toMatchObject({ status: 409 });
    await repair.restartMedic(MINUTE);
    await repair.alert(again);
    await repair.medic.advance(10 * MINUTE);
    expect(await repair.incident()).toMatchObject({ state: 'unconfirmed' });
    expect(repair.cluster.submissions).toHaveLength(1);
    again.completeCheckpoint();
    await repair.untilIncident({ state: 'succeeded' });
    const page = await repair.page();
    expect(page.lines('flink_medic_restart_attempts_total').filter((line) => line.endsWith(' 1'))).toEqual([
      expect.stringContaining('result="succeeded"'),
      expect.stringContaining('result="unconfirmed"'),
    ]);
  });

  it('is followed by another attempt when it fails after it was unconfirmed', async () => {
    const { repair, again } = await confirming();
    await repair.medic.advance(10 * MINUTE);
    await repair.untilIncident({ state: 'unconfirmed' });
    again.fail();
    await repair.until('second submission', () => repair.cluster.submissions[1]);
    expect(await repair.incident()).toMatchObject({ attempts: [{ state: 'failed', failure: 'ended_again' }, {}] });
  });

  it('is released by a person when it is unconfirmed, after which a restart may be ordered', async () => {
    const { repair, again } = await confirming();
    expect(await repair.order('incidents/1/release')).toMatchObject({ status: 409 });
    await repair.medic.advance(10 * MINUTE);
    await repair.untilIncident({ state: 'unconfirmed' });
    expect(await repair.order('incidents/1/release')).toMatchObject({ status: 200 });
    expect(await repair.order('incidents/9/release')).toMatchObject({ status: 404 });
    expect(await repair.incident()).toMatchObject({ state: 'withdrawn', attempts: [{ state: 'withdrawn' }] });
    // It is alive, so nothing is started beside it.
    expect(await repair.order('restarts', ORDER)).toMatchObject({ status: 409 });
    await repair.medic.advance(MINUTE);
    expect(repair.cluster.submissions).toHaveLength(1);
    again.fail();
    await repair.medic.advance(20_000);
    expect(await repair.order('restarts', ORDER)).toMatchObject({ status: 202 });
    // The outage that was given up is over: this is another one.
    await repair.untilIncident({ state: 'confirming' }, { id: 2 });
    expect(repair.cluster.submissions[1]?.jobId).not.toBe(repair.cluster.submissions[0]?.jobId);
  });
});

describe('a policy that changes while a restart is decided', () => {
  it('is what is decided by, as a whole', async () => {
    const repair = await Repair.start();
    await repair.alert(await repair.failed());
    await repair.medic.advance(2_000);
    const { restart, ...rest } = repair.config();
    const [policy] = restart.policies;
    const driver = { flink_rest: { jar: join(repair.folder, 'orders.jar'), args: ['--name', 'orders', '--new'] } };
    const policies = [
      { ...policy, name: 'renamed', match: { flink_cluster: 'c', job_name: 'other' } },
      { ...policy, driver },
    ];
    repair.medic.configure({ ...rest, restart: { ...restart, policies } });
    await repair.medic.reload();
    const sent = await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(sent.args).toEqual(['--name', 'orders', '--new']);
    expect(await repair.incident()).toMatchObject({ policy: 'orders' });
  });

  it('is no reason to go on when it was removed', async () => {
    const repair = await Repair.start();
    await repair.alert(await repair.failed());
    await repair.medic.advance(2_000);
    const { restart, ...rest } = repair.config();
    repair.medic.configure({ ...rest, restart: { ...restart, policies: [] } });
    await repair.medic.reload();
    await repair.untilIncident({ state: 'refused', reason: 'no_policy' });
    expect(repair.cluster.submissions).toEqual([]);
  });
});

describe('an order', () => {
  it('about an incident that waits leaves its reason readable', async () => {
    const repair = await Repair.start();
    await repair.order('pause');
    await repair.alert(await repair.failed());
    const before = await repair.untilIncident({ state: 'deferred', reason: 'paused' });
    await repair.order('restarts', ORDER);
    await repair.medic.advance(MINUTE);
    const after = await repair.incident();
    expect(after).toMatchObject({ state: 'deferred', reason: 'paused', detail: before.detail, policy: 'orders' });
    expect(after.triggers.map(({ kind }) => kind)).toEqual(['alert', 'person']);
  });

  it('restores from where a person says, once, and lifts what a person names', async () => {
    const repair = await Repair.start({ policy: { budget: { attempts: 1, per: '1h' } } });
    repair.cluster.onSubmit = (job) => job.run().fail();
    const failed = await repair.failed();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'exhausted' });
    const from = repair.checkpoint(failed.jobId, 5);
    await repair.order('restarts', { ...ORDER, from, lift: ['exhausted'] });
    await repair.until('second submission', () => repair.cluster.submissions[1]);
    expect(repair.cluster.submissions[1]).toMatchObject({ savepointPath: from });
    await repair.untilIncident({ state: 'exhausted' });
    expect((await repair.incident()).order).toMatchObject({ lift: [] });
    expect((await repair.incident()).order).not.toHaveProperty('from');
  });

  it('names its mistakes', async () => {
    const repair = await Repair.start();
    await repair.running();
    expect(await repair.order('restarts', ORDER)).toMatchObject({ status: 404 });
    expect(await repair.order('restarts', { ...ORDER, flink_cluster: 'x' })).toMatchObject({ status: 404 });
    expect(await repair.order('restarts', { ...ORDER, lift: ['superseded'] })).toMatchObject({ status: 400 });
    expect(await repair.order('pause', { flink_cluster: 'x' })).toMatchObject({ status: 404 });
    expect(repair.cluster.submissions).toEqual([]);
  });
});
