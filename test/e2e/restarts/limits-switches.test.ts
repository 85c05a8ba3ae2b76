/** What holds a restart back for a while: people, maintenance, the other restarts, dry run, and the time that a policy gives. */

import { describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import type { IncidentResource } from '../../../src/http/incident-resources.ts';
import { Repair, type RepairOptions } from './repair.ts';

const MINUTE = 60_000;

/** So many jobs under one expression; all have FAILED, and alerts came. */
async function manyFailed(count: number, options: RepairOptions): Promise<Repair> {
  const repair = await Repair.start({
    ...options,
    policy: { match: { flink_cluster: '/c|d/', job_name: '/job-\\d+/' }, ...options.policy },
  });
  const jobs: FakeJob[] = [];
  for (let number = 1; number <= count; number += 1) jobs.push(await repair.running(`job-${String(number)}`));
  for (const job of jobs) job.fail();
  await repair.medic.advance(20_000);
  for (const job of jobs) await repair.alert(job);
  return repair;
}

async function words(repair: Repair): Promise<string[]> {
  const { incidents } = await repair.medic.json<{ incidents: IncidentResource[] }>('/api/v1/incidents');
  return incidents.map(({ state, reason }) => [state, reason].filter(Boolean).join(' ')).toSorted();
}

describe('a pause', () => {
  it.each([{}, { flink_cluster: 'c' }])('holds everything back until somebody resumes: %o', async (body) => {
    const repair = await Repair.start();
    expect(await repair.order('pause', body)).toMatchObject({ status: 204 });
    await repair.alert(await repair.failed());
    await repair.untilIncident({ state: 'deferred', reason: 'paused' });
    await repair.restartMedic();
    await repair.medic.advance(2 * MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
    const page = await repair.page();
    expect(page.lines(['flink_medic_paused_since_timestamp_seconds', 'flink_medic_job_managed'])).toEqual([
      'flink_medic_job_managed{flink_cluster="c",job_name="orders"} 0',
      expect.stringContaining(
        `flink_medic_paused_since_timestamp_seconds{flink_cluster="${body.flink_cluster ?? ''}"} `,
      ),
    ]);
    expect(await repair.order('resume', body)).toMatchObject({ status: 204 });
    await repair.until('submission', () => repair.cluster.submissions[0], 30_000);
  });

  it('that comes between the decision and the submission holds it back, too', async () => {
    const repair = await Repair.start();
    repair.jobManager.faults.set('/jars/upload', { kind: 'delay', ms: 500 });
    await repair.alert(await repair.failed());
    await repair.until('upload', () => repair.jobManager.count('/jars/upload') > 0);
    await repair.order('pause');
    await repair.medic.advance(2 * MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
    await repair.order('resume');
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });
});

it('a maintenance window holds a restart back until its end', async () => {
  // The clock of the tests begins at midnight, on a Thursday.
  const windows = [{ days: ['wed'], from: '23:00', to: '00:10', time_zone: 'UTC' }];
  const repair = await Repair.start({ policy: { windows } });
  await repair.alert(await repair.failed());
  await repair.untilIncident({ state: 'deferred', reason: 'maintenance_window' });
  await repair.medic.advance(8 * MINUTE);
  expect(repair.cluster.submissions).toEqual([]);
  await repair.until('submission', () => repair.cluster.submissions[0], 3 * MINUTE);
  expect(repair.medic.time.manual.now()).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 1, 0, 10));
});

describe('of several jobs', () => {
  it('at most max_concurrent are brought back at one time, and each has its turn', async () => {
    const repair = await manyFailed(4, { restart: { max_concurrent: 2 } });
    await repair.until('two submissions', () => repair.cluster.submissions.length === 2);
    await repair.medic.advance(MINUTE);
    expect(repair.cluster.submissions).toHaveLength(2);
    expect(await words(repair)).toEqual(['confirming', 'confirming', 'deferred concurrency', 'deferred concurrency']);
    await repair.until('all back', async () => {
      for (const job of repair.cluster.jobs.slice(4)) job.completeCheckpoint();
      return (await words(repair)).every((word) => word === 'succeeded');
    });
    expect(repair.cluster.submissions).toHaveLength(4);
  });

  it('at most max_attempts_per_hour are brought back in an hour', async () => {
    const repair = await manyFailed(3, {
      restart: { max_attempts_per_hour: 2, act_within: '2h' },
      policy: { restore: { policy: 'none' }, confirm: { checkpoint: false } },
    });
    await repair.until(
      'two back',
      async () => (await words(repair)).join() === 'deferred global_budget,succeeded,succeeded',
    );
    await repair.medic.advance(30 * MINUTE);
    await repair.restartMedic(25 * MINUTE);
    await repair.medic.advance(MINUTE);
    expect(repair.cluster.submissions).toHaveLength(2);
    await repair.until('third submission', () => repair.cluster.submissions[2], 10 * MINUTE);
  });

  it('under one expression each gets a decision of its own', async () => {
    const repair = await Repair.start({ policy: { match: { flink_cluster: 'c', job_name: '/job-\\d+/' } } });
    const good = await repair.running('job-1');
    const empty = repair.cluster.submit({ name: 'job-2' }).run();
    const cancelled = await repair.running('job-3');
    const other = await repair.running('job-4-b');
    const again = await repair.running('job-5');
    for (const job of [good, empty, other, again]) job.fail();
    cancelled.cancel();
    repair.cluster.submit({ name: 'job-5' }).run();
    await repair.medic.advance(20_000);
    for (const job of [good, empty, cancelled, other, again]) await repair.alert(job);
    await repair.until('submission', () => repair.cluster.submissions[0]);
    await repair.medic.advance(MINUTE);
    const { incidents } = await repair.medic.json<{ incidents: IncidentResource[] }>('/api/v1/incidents');
    const told = incidents.map(({ job_name, state, reason }) => `${job_name} ${state} ${reason ?? ''}`.trim());
    expect(told.toSorted()).toEqual([
      'job-1 confirming',
      'job-2 refused no_restore_point',
      'job-3 refused canceled',
      'job-4-b refused no_policy',
      'job-5 refused superseded',
    ]);
    expect(repair.cluster.submissions).toHaveLength(1);
  });
});

describe('dry run', () => {
  it('writes down exactly what would be sent, and sends nothing', async () => {
    const policy = {
      restore: { claim_mode: 'CLAIM', allow_non_restored_state: true },
      driver: {
        flink_rest: {
          jar_name: 'orders.jar',
          entry_class: 'com.example.Orders',
          args: ['--name', 'orders'],
          parallelism: 3,
          config: { 'pipeline.name': 'orders' },
        },
      },
    };
    const repair = await Repair.start({ restart: { mode: 'dry_run' }, policy });
    repair.jobManager.process.addJar('orders.jar', Buffer.from('a jar'), repair.medic.time.manual.now());
    const failed = await repair.failed();
    await repair.alert(failed);
    const { would_send } = await repair.untilIncident({ state: 'deferred', reason: 'dry_run' });
    await repair.medic.advance(MINUTE);
    expect(repair.jobManager.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect((await repair.incident()).attempts).toEqual([]);
    // The same, switched on, is sent.
    const on = await Repair.start({ policy, medic: { time: repair.medic.time } });
    on.jobManager.process.addJar('orders.jar', Buffer.from('a jar'), repair.medic.time.manual.now());
    await on.alert(await on.failed());
    const sent = await on.until('submission', () => on.cluster.submissions[0]);
    expect(sent).toEqual({
      jobId: sent.jobId,
      jar: would_send && 'name' in would_send.jar && would_send.jar.name,
      entryClass: would_send?.entry_class,
      args: would_send?.args,
      parallelism: would_send?.parallelism,
      config: would_send?.config,
      savepointPath: would_send?.restore?.path.replace(repair.folder, on.folder),
      restoreMode: would_send?.restore?.claim_mode,
      allowNonRestoredState: would_send?.restore?.allow_non_restored_state,
    });
    expect(would_send?.restore?.path).toBe(repair.checkpoint(failed.jobId, 1));
  });

  it('is what happens unless somebody says otherwise', async () => {
    const repair = await Repair.start({ restart: { mode: undefined } });
    await repair.alert(await repair.failed());
    await repair.untilIncident({ state: 'deferred', reason: 'dry_run' });
    expect((await repair.page()).text).toContain('flink_medic_restart_mode{mode="dry_run"} 1');
  });
});

it('a policy that waits after the end gives people that time', async () => {
  const repair = await Repair.start({ policy: { wait: '3m', triggers: { watchdog: true } } });
  const failed = await repair.failed();
  await repair.untilIncident({ state: 'waiting', reason: 'end_wait' });
  const ended = failed.endTime ?? 0;
  await repair.until('submission', () => repair.cluster.submissions[0]);
  expect(repair.medic.time.manual.now() - ended).toBeGreaterThanOrEqual(3 * MINUTE);
});
