/** A JobManager or flink-medic itself is away for a while: what is pending is done afterwards, or given up with a reason. */

import { describe, expect, it } from 'vitest';
import { startJobManager } from '../support/fake.ts';
import { Repair } from './repair.ts';

const MINUTE = 60_000;

describe('while flink-medic is away', () => {
  it('Alertmanager resolves everything, and pending repairs go on', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const startsAt = repair.medic.time.manual.now();
    await repair.order('pause');
    await repair.alert(failed, { startsAt });
    await repair.untilIncident({ state: 'deferred', reason: 'paused' });
    await repair.restartMedic(6 * MINUTE);
    expect(await repair.alert(failed, { startsAt, endsAt: repair.medic.time.manual.now() })).toMatchObject({
      became: 'withdrawn',
      incident: 1,
    });
    await repair.order('resume');
    await repair.untilIncident({ state: 'confirming' });
    const [, again] = repair.cluster.jobs;
    again?.completeCheckpoint();
    const { triggers } = await repair.untilIncident({ state: 'succeeded' });
    expect(triggers).toMatchObject([{ withdrawn: true }]);
    expect(repair.cluster.submissions).toHaveLength(1);
  });

  it('a job ends, and the watchdog sees it at the next start', async () => {
    const repair = await Repair.start({ policy: { triggers: { watchdog: true } } });
    const job = await repair.running();
    const stopped = repair.restartMedic(6 * MINUTE);
    job.fail();
    await stopped;
    await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(await repair.incident()).toMatchObject({ triggers: [{ kind: 'watchdog' }] });
  });

  it('a job begins and ends that nobody saw, and the watchdog takes it up', async () => {
    const repair = await Repair.start({ policy: { triggers: { watchdog: true } } });
    const stopped = repair.restartMedic(6 * MINUTE);
    const job = repair.cluster.submit({ name: 'orders' }).run();
    job.completeCheckpoint({ path: repair.checkpoint(job.jobId, 1) });
    job.fail();
    await stopped;
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });
});

describe('when the JobManager cannot be reached', () => {
  it('and the end is known, the restart waits and is done when it is back, with no attempt spent', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const { port } = repair.jobManager;
    await repair.jobManager.stop();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'deferred', reason: 'cannot_verify' });
    await repair.medic.advance(5 * MINUTE);
    expect((await repair.incident()).attempts).toEqual([]);
    const page = await repair.page();
    expect(page.lines('flink_medic_restart_budget_remaining')).toEqual([
      'flink_medic_restart_budget_remaining{flink_cluster="c",job_name="orders"} 3',
    ]);
    await startJobManager(repair.cluster, { port });
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });

  it('for longer than act_within, the restart is given up with a reason', async () => {
    const repair = await Repair.start({ restart: { act_within: '5m' } });
    const failed = await repair.failed();
    const { port } = repair.jobManager;
    await repair.jobManager.stop();
    await repair.alert(failed);
    await repair.medic.advance(4 * MINUTE);
    expect(await repair.incident()).toMatchObject({ state: 'deferred', reason: 'cannot_verify', attempts: [] });
    await repair.medic.advance(2 * MINUTE);
    expect(await repair.untilIncident({ state: 'refused' })).toMatchObject({ reason: 'too_late', attempts: [] });
    await startJobManager(repair.cluster, { port });
    await repair.medic.advance(MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('and the end is not known yet, the alert waits for it', async () => {
    const repair = await Repair.start();
    const job = await repair.running();
    const { port } = repair.jobManager;
    await repair.jobManager.stop();
    job.fail();
    await repair.medic.advance(10_000);
    expect(await repair.alert(job)).toMatchObject({ became: 'stored' });
    await repair.medic.advance(16 * MINUTE);
    await startJobManager(repair.cluster, { port });
    await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(await repair.incident()).toMatchObject({ triggers: [{ kind: 'alert', name: 'FlinkJobRepairWanted' }] });
  });

  it('and the end stays unknown for longer than act_within, the alert is let go, and that is counted', async () => {
    const repair = await Repair.start({ restart: { act_within: '20m' } });
    const job = await repair.running();
    await repair.jobManager.stop();
    job.fail();
    await repair.medic.advance(10_000);
    expect(await repair.alert(job)).toMatchObject({ became: 'stored' });
    await repair.medic.advance(19 * MINUTE);
    const ignored = 'flink_medic_alerts_ignored_total{reason="run_not_ended"}';
    expect((await repair.page()).text).toContain(`${ignored} 0`);
    await repair.medic.advance(2 * MINUTE);
    expect((await repair.page()).text).toContain(`${ignored} 1`);
  });

  it('while a run goes on, an alert about it waits 15 minutes', async () => {
    const repair = await Repair.start();
    const job = await repair.running();
    expect(await repair.alert(job)).toMatchObject({ became: 'stored' });
    await repair.medic.advance(14 * MINUTE);
    job.fail();
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });
});
