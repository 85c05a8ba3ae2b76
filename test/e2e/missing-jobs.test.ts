/** "Missing" is not "ended": what the JobManager leaves out, forgets or cannot say (`docs/truth.md`, "Resolving"). */

import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeCluster } from '../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../fake-flink/fake-job.ts';
import type { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { startCluster, startJobManager } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const POLL = 10_000;

let time: ManualTime;
let cluster: FakeCluster;
let jobManager: FakeJobManager;
let orders: FakeJob;
let medic: RunningMedic;

beforeEach(async () => {
  time = new ManualTime();
  ({ cluster, jobManager } = await startCluster({ clock: time.manual }));
  orders = cluster.submit({ name: 'orders' }).run();
  orders.completeCheckpoint();
  const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [temporaryFolder()] }] };
  medic = await RunningMedic.start({ config, time });
});

/** The state that is 1, and the reason. */
async function state(): Promise<string> {
  const page = await medic.page();
  const states = page.lines('flink_job_status').filter((line) => line.endsWith(' 1'));
  const lines = [...states, ...page.lines('flink_job_status_reason')];
  return lines.map((line) => /(?:state|reason)="(\w+)"/.exec(line)?.[1]).join(' ');
}

describe('a running job that the list leaves out', () => {
  beforeEach(() => {
    orders.listed = false;
  });

  it('is asked for by id and stays what that answer says', async () => {
    await medic.advance(POLL);
    expect(await state()).toBe('RUNNING');
    expect(jobManager.count('/jobs/:jobid')).toBeGreaterThan(1);
    orders.restart();
    await medic.advance(POLL);
    expect(await state()).toBe('RESTARTING');
    expect((await medic.explain('prod', 'orders')).map(({ rule }) => rule)).toEqual(['missing_found']);
    await medic.advance(10 * 60_000);
    expect(await state()).toBe('RESTARTING');
    expect((await medic.page()).lines('flink_job_runs_vanished_total')).toEqual([
      'flink_job_runs_vanished_total{flink_cluster="prod",job_name="orders"} 0',
    ]);
  });

  it('keeps being followed: its restarts, checkpoints and failures are still read', async () => {
    await medic.advance(POLL / 2);
    orders.restart({ exception: 'com.example.Broken' }).restarted();
    for (let id = 0; id < 3; id++) orders.completeCheckpoint();
    await medic.advance(6 * POLL);
    const page = await medic.page();
    expect(page.lines(['flink_job_restarts_total', 'flink_job_checkpoints_completed_total'])).toEqual([
      `flink_job_restarts_total{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"} 1`,
      `flink_job_checkpoints_completed_total{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"} 4`,
    ]);
    expect(page.lines('flink_job_last_failure_info', 'exception="com.example.Broken"')).toHaveLength(1);
  });

  it('is UNKNOWN jobmaster_unreachable while its JobMaster answers 500, for ever', async () => {
    orders.answers = false;
    await medic.advance(POLL);
    expect(await state()).toBe('UNKNOWN jobmaster_unreachable');
    expect((await medic.page()).lines(['flink_job_tasks', 'flink_job_checkpoint_interval_seconds'])).toEqual([]);
    await medic.advance(30 * 60_000);
    expect(await state()).toBe('UNKNOWN jobmaster_unreachable');
    orders.answers = true;
    orders.listed = true;
    await medic.advance(POLL);
    expect(await state()).toBe('RUNNING');
  });

  it('has its end told by the answer by id', async () => {
    orders.fail();
    await medic.advance(POLL);
    expect((await medic.page()).lines('flink_job_final_status')).toEqual([
      `flink_job_final_status{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders",status="FAILED",source="live"} 1`,
    ]);
  });
});

describe.each(['FINISHED', 'FAILED', 'CANCELED'] as const)('the final status %s', (status) => {
  const end = { FINISHED: () => orders.finish(), FAILED: () => orders.fail(), CANCELED: () => orders.cancel() };
  const families = ['flink_job_final_status', 'flink_job_status', 'flink_job_runs_ended_total'];

  async function facts(): Promise<string[]> {
    const page = await medic.page();
    expect(page.lines('flink_job_status')).toEqual([
      `flink_job_status{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders",state="${status}"} 1`,
    ]);
    expect(page.lines(['flink_job_status_reason', 'flink_job_runs_vanished_total'])).toEqual([
      'flink_job_runs_vanished_total{flink_cluster="prod",job_name="orders"} 0',
    ]);
    return page.lines(families);
  }

  it('stays when the JobManager forgets, fails, elects, dies, and an empty one takes its place', async () => {
    end[status]();
    await medic.advance(POLL);
    const known = await facts();
    expect(known).toContain(`flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="${status}"} 1`);
    for (const mode of ['failing', 'electing', 'ready'] as const) {
      jobManager.mode = mode;
      await medic.advance(POLL);
      expect(await facts()).toEqual(known);
    }
    cluster.forget(orders);
    await medic.advance(5 * 60_000);
    expect(await facts()).toEqual(known);
    await jobManager.stop();
    await medic.advance(POLL);
    expect(await facts()).toEqual(known);
    cluster.restart();
    await startJobManager(cluster, { port: jobManager.port });
    await medic.advance(5 * 60_000);
    expect(await facts()).toEqual(known);
    expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
  });
});
