/** What ended before somebody switched something on is left to people. */

import { describe, expect, it } from 'vitest';
import { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import { ManualTime } from '../support/manual-time.ts';
import { temporaryFolder } from '../support/medic.ts';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const ALL_JOBS = { match: { flink_cluster: 'c', job_name: '/.*/' }, triggers: { watchdog: true } };

/** A folder with archives of jobs that FAILED, one a second. */
function folderOfFailures(time: ManualTime, count: number): { folder: string; jobs: FakeCluster['jobs'] } {
  const folder = temporaryFolder();
  const gone = new FakeCluster({ version: '1.20', clock: time.manual, archiveFolder: folder });
  for (let number = 1; number <= count; number += 1) {
    time.manual.advance(1_000);
    gone
      .submit({ name: `job-${String(number)}`, jobId: number.toString(16).padStart(32, '0') })
      .run()
      .fail();
  }
  return { folder, jobs: gone.jobs };
}

describe('nothing old is restarted', () => {
  it('at the first start on a folder with 500 failures of last week', async () => {
    const time = new ManualTime();
    const { folder, jobs } = folderOfFailures(time, 500);
    time.manual.advance(6 * DAY);
    const flink = { version: '1.20', archiveFolder: folder } as const;
    const repair = await Repair.start({ policy: ALL_JOBS, flink, archives: [folder], medic: { time } });
    await repair.medic.advance(30_000);
    // The watchdog does not even ask.
    expect(await repair.told()).toEqual([]);
    const alerts = jobs.map(({ name, jobId }) => ({
      labels: repairWanted('c', name, jobId),
      startsAt: time.manual.now(),
    }));
    expect((await postMessage(repair.medic.url, TOKEN, webhookMessage(alerts))).status).toBe(202);
    await repair.untilIncident({ state: 'refused', reason: 'too_late' }, { id: 500 });
    expect((await repair.told()).at(-1)).toBe(
      'flink_medic_restart_decisions_total{decision="refused",reason="too_late"} 500',
    );
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('at the first start on a folder with failures of a moment ago', async () => {
    const time = new ManualTime();
    const { folder, jobs } = folderOfFailures(time, 3);
    time.manual.advance(MINUTE);
    const flink = { version: '1.20', archiveFolder: folder } as const;
    const repair = await Repair.start({ policy: ALL_JOBS, flink, archives: [folder], medic: { time } });
    await repair.medic.advance(MINUTE);
    for (const job of jobs) await repair.alert(job);
    await repair.medic.advance(MINUTE);
    expect((await repair.told()).at(-1)).toBe(
      'flink_medic_restart_decisions_total{decision="refused",reason="before_armed"} 3',
    );
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('when the first start finds a failed job in the list of the JobManager', async () => {
    const time = new ManualTime();
    const repair = await Repair.start({ restart: { mode: 'off' }, policy: ALL_JOBS, medic: { time } });
    const failed = await repair.failed();
    repair.medic.configure({ ...repair.config(), restart: { ...repair.config().restart, mode: 'on' } });
    await repair.restartMedic(0, temporaryFolder());
    await repair.medic.advance(20_000);
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'before_armed' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it.each(['dry_run', 'off'])('when restarts are switched from %s to on', async (mode) => {
    const repair = await Repair.start({ restart: { mode }, policy: { triggers: { watchdog: true } } });
    const failed = await repair.failed();
    // In dry run the incident is there already.
    if (mode === 'dry_run') {
      await repair.alert(failed);
      await repair.untilIncident({ state: 'deferred', reason: 'dry_run' });
    }
    repair.medic.configure({ ...repair.config(), restart: { ...repair.config().restart, mode: 'on' } });
    await repair.medic.reload();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'before_armed' });
    await repair.restartMedic();
    await repair.alert(failed);
    await repair.medic.advance(2 * MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('when restarts were switched off and on again while flink-medic was away', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const { restart } = repair.config();
    for (const mode of ['off', 'on']) {
      repair.medic.configure({ ...repair.config(), restart: { ...restart, mode } });
      await repair.restartMedic(1_000);
    }
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'before_armed' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('when a policy is new', async () => {
    const repair = await Repair.start({ policy: { match: { flink_cluster: 'c', job_name: 'another' } } });
    const failed = await repair.failed();
    const { restart, ...rest } = repair.config();
    const [policy] = restart.policies;
    const added = { ...policy, name: 'new', match: { flink_cluster: 'c', job_name: 'orders' } };
    repair.medic.configure({ ...rest, restart: { ...restart, policies: [policy, added] } });
    await repair.medic.reload();
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'before_armed' });
    expect(repair.cluster.submissions).toEqual([]);
    // What ends from now on is another matter.
    const next = repair.cluster.submit({ name: 'orders' }).run();
    next.completeCheckpoint({ path: repair.checkpoint(next.jobId, 1) });
    await repair.medic.advance(20_000);
    next.fail();
    await repair.medic.advance(20_000);
    await repair.alert(next);
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });

  it.each([{ mode: 'on' }, { name: 'new' }])(
    'but what ends right after something is switched on (%o)',
    async (change) => {
      const repair = await Repair.start({ restart: { mode: 'dry_run' } });
      const job = await repair.running();
      const { restart, ...rest } = repair.config();
      const policies = restart.policies.map((policy) => ({ ...policy, ...('name' in change && change) }));
      repair.medic.configure({ ...rest, restart: { ...restart, mode: 'on', policies } });
      await repair.medic.reload();
      await repair.medic.advance(1_000);
      job.fail();
      await repair.medic.advance(20_000);
      await repair.alert(job);
      await repair.until('submission', () => repair.cluster.submissions[0]);
    },
  );

  it('when a silence ends after a day', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const startsAt = repair.medic.time.manual.now();
    await repair.restartMedic(DAY);
    await repair.alert(failed, { startsAt });
    await repair.untilIncident({ state: 'refused', reason: 'too_late' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('unless a person says so, after the switch to on', async () => {
    const repair = await Repair.start({ restart: { mode: 'dry_run' } });
    await repair.failed();
    repair.medic.configure({ ...repair.config(), restart: { ...repair.config().restart, mode: 'on' } });
    await repair.medic.reload();
    const order = { flink_cluster: 'c', job: 'orders' };
    await repair.order('restarts', order);
    await repair.untilIncident({ state: 'refused', reason: 'before_armed' });
    await repair.order('restarts', { ...order, lift: ['before_armed'] });
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });

  it('unless a person says so, a day later', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    await repair.restartMedic(DAY);
    await repair.alert(failed);
    await repair.untilIncident({ state: 'refused', reason: 'too_late' });
    const order = { flink_cluster: 'c', job: 'orders', lift: ['too_late'] };
    expect(await repair.order('restarts', order)).toMatchObject({ status: 202 });
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });
});
