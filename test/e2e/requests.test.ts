/** What an observation costs, and whom it asks (`docs/truth.md`, "Observing a cluster"). */

import { describe, expect, it } from 'vitest';
import { observeSteady } from '../../bench/observe/steady.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { startCluster, startJobManager } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';
import { until } from '../real-flink/until.ts';

const POLL = 10_000;
const MINUTE = 60_000;
const HA = { 'high-availability.type': 'ZOOKEEPER' };

async function twoOf(options: Readonly<Record<string, string>>) {
  const time = new ManualTime();
  const cluster = new FakeCluster({ clock: time.manual, options });
  const first = await startJobManager(cluster);
  const second = await startJobManager(cluster);
  const config = {
    clusters: [{ name: 'prod', jobmanagers: [first.baseUrl, second.baseUrl], archives: [] }],
  };
  return { time, cluster, first, second, config };
}

describe('the requests to a cluster', () => {
  it('are one a poll and one a minute when nothing changes', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    for (const name of ['orders', 'payments']) cluster.submit({ name, checkpointing: 'off' }).run();
    cluster.submit({ name: 'report' }).run().finish();
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(2 * MINUTE);

    jobManager.requests.length = 0;
    await medic.advance(10 * MINUTE);
    const asked = Object.groupBy(jobManager.requests, ({ route }) => route);
    expect(Object.keys(asked).toSorted()).toEqual(['/jobs/overview', '/overview']);
    expect([jobManager.count('/jobs/overview'), jobManager.count('/overview')]).toEqual([60, 10]);
  });

  it.each([
    ['without', 0],
    ['each minute', 5],
    ['overdue', 2],
  ] as const)('are no more for many jobs than one for each checkpoint that is due: %s', async (kind, checkpoints) => {
    const { requests, allowed } = await observeSteady(50, kind, 5);
    expect(requests.get('/jobs/:jobid/checkpoints') ?? 0).toBe(50 * checkpoints);
    expect([...requests.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(allowed);
  });

  it('follow a restart until it is counted, and no longer', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const orders = cluster.submit({ name: 'orders', checkpointing: 'off' }).run();
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(2 * MINUTE);
    for (let restarts = 1; restarts <= 3; restarts++) {
      await medic.advance(POLL / 2);
      orders.restart().restarted();
      await medic.advance(4 * POLL);
      expect((await medic.page()).lines('flink_job_restarts_total')).toEqual([
        `flink_job_restarts_total{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"} ${String(restarts)}`,
      ]);
    }
    await medic.advance(MINUTE);
    jobManager.requests.length = 0;
    await medic.advance(MINUTE);
    expect(jobManager.count()).toBe(7);
  });

  it('count two restarts of which the second came right after Flink had fetched its metrics', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const orders = cluster.submit({ name: 'orders', checkpointing: 'off' }).run();
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(2 * MINUTE + POLL / 2);
    orders.restart().restarted();
    await medic.advance(POLL);
    orders.restart().restarted();
    await medic.advance(4 * POLL);
    expect((await medic.page()).lines('flink_job_restarts_total')).toEqual([
      `flink_job_restarts_total{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"} 2`,
    ]);
  });

  it('are none for what the ledger knows of an ended run, but for how it failed', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const report = cluster.submit({ name: 'report' }).run();
    const orders = cluster.submit({ name: 'orders' }).run();
    const invoices = cluster.submit({ name: 'invoices' }).run();
    const storagePath = temporaryFolder();
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const before = await RunningMedic.start({ config, time, storagePath });
    report.finish();
    orders.fail();
    await before.advance(MINUTE);
    invoices.fail();
    await before.advance(POLL);
    await before.stop();
    const payments = cluster.submit({ name: 'payments' }).run().fail();
    time.manual.advance(MINUTE);
    jobManager.requests.length = 0;

    const medic = await RunningMedic.start({ config, time, storagePath });
    await medic.advance(MINUTE);
    const asked = (jobId: string): string[] =>
      jobManager.requests
        .filter(({ path }) => path.includes(jobId))
        .map(({ route }) => route.slice('/jobs/:jobid'.length));
    expect(asked(report.jobId)).toEqual([]);
    expect(asked(orders.jobId)).toEqual(['/exceptions']);
    expect(asked(invoices.jobId), 'stopped before it was read to its end').toEqual(['/checkpoints', '/exceptions']);
    // Its checkpoints again when no cache of the JobManager can be older than its end.
    const first = ['', '/checkpoints/config', '/checkpoints', '/exceptions', '/metrics'];
    expect(asked(payments.jobId)).toEqual([...first, '/checkpoints']);
  });

  it('never overlap: a poll that takes longer than the interval delays the next', async () => {
    const time = new ManualTime();
    const { jobManager } = await startCluster({ clock: time.manual });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    jobManager.faults.set('/jobs/overview', { kind: 'delay', ms: 150 });
    jobManager.requests.length = 0;
    expect(time.fireNext(time.manual.now() + POLL)).toBe(true);
    await until('request', () => jobManager.count('/jobs/overview') === 1, { every: 2 });
    const probes = Promise.all([medic.get('/probe?target=prod'), medic.get('/probe?target=prod')]);
    time.manual.advance(5 * POLL);
    const answers = await probes;
    expect(answers.map(({ text }) => text.includes('\nprobe_success 1\n'))).toEqual([true, true]);
    expect(jobManager.count('/jobs/overview')).toBe(1);
  });
});

describe('several addresses', () => {
  it.each(['electing', 'failing', 'stopped'] as const)(
    'asks the next when one is %s, and stays there',
    async (mode) => {
      const { time, cluster, first, second, config } = await twoOf(HA);
      const orders = cluster.submit({ name: 'orders' }).run();
      const medic = await RunningMedic.start({ config, time });
      expect(second.count()).toBe(0);

      if (mode === 'stopped') await first.stop();
      else first.mode = mode;
      await medic.advance(POLL);
      expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
      expect((await medic.page()).lines('flink_job_status', 'state="RUNNING"')).toEqual([
        `flink_job_status{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders",state="RUNNING"} 1`,
      ]);
      const before = first.count();
      await medic.advance(3 * POLL);
      expect(first.count()).toBe(before);
      expect(second.count('/jobs/overview')).toBe(4);
      // Another address may be another JobManager: its configuration is read again.
      expect(second.count('/jobmanager/config')).toBe(1);
    },
  );

  it('is one run and one failover when the standby takes over', async () => {
    const { time, cluster, first, config } = await twoOf(HA);
    const orders = cluster.submit({ name: 'orders' }).run();
    orders.completeCheckpoint();
    const medic = await RunningMedic.start({ config, time });
    await medic.advance(POLL);
    orders.restart().restarted();
    await medic.advance(3 * POLL);
    const start = (await medic.page()).lines('flink_job_start_timestamp_seconds');

    await first.stop();
    await medic.advance(POLL / 2);
    cluster.failOver();
    await medic.advance(6 * POLL);
    const page = await medic.page();
    const labels = `flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"`;
    expect(
      page.lines([
        'flink_job_start_timestamp_seconds',
        'flink_job_restarts_total',
        'flink_job_failovers_total',
        'flink_job_checkpoints_completed_total',
        'flink_job_final_status',
        'flink_job_live_runs',
        'flink_job_runs_vanished_total',
      ]),
    ).toEqual([
      ...start,
      `flink_job_restarts_total{${labels}} 1`,
      `flink_job_failovers_total{${labels}} 1`,
      `flink_job_checkpoints_completed_total{${labels}} 1`,
      'flink_job_live_runs{flink_cluster="prod",job_name="orders"} 1',
      'flink_job_runs_vanished_total{flink_cluster="prod",job_name="orders"} 0',
    ]);
  });

  it('asks only the first without high availability, and shows the problem', async () => {
    const { time, first, second, config } = await twoOf({});
    const medic = await RunningMedic.start({ config, time });
    const [shown] = await medic.clusters();
    expect(shown?.problem).toMatch(/high-availability\.type is NONE.*only the first is asked/);
    expect(medic.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg)).toEqual([shown?.problem]);
    await medic.advance(5 * MINUTE);
    expect((await medic.clusters())[0]?.problem).toBe(shown?.problem);

    await first.stop();
    await medic.advance(POLL);
    expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 0']);
    expect(second.count()).toBe(0);
    await startJobManager(new FakeCluster({ clock: time.manual }), { port: first.port });
    await medic.advance(POLL);
    expect((await medic.page()).lines('flink_cluster_up')).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
    expect((await medic.clusters())[0]?.problem).toBe(shown?.problem);
  });

  it('asks all again when the JobManagers were started with high availability', async () => {
    const { time, first, second, config } = await twoOf({});
    const medic = await RunningMedic.start({ config, time });
    await first.stop();
    await medic.advance(POLL);
    const again = await startJobManager(new FakeCluster({ clock: time.manual, options: HA }), { port: first.port });
    await medic.advance(POLL);
    expect((await medic.clusters())[0]?.problem).toBeUndefined();
    await again.stop();
    await medic.advance(POLL);
    expect(second.count('/jobs/overview')).toBe(1);
  });
});

describe('several addresses that do not tell their configuration', () => {
  it('asks the list of the first alone, shows the problem, and learns again', async () => {
    const { time, cluster, first, second, config } = await twoOf(HA);
    cluster.submit({ name: 'orders' }).run();
    for (const { faults } of [first, second]) faults.set('/jobmanager/config', { kind: 'status', status: 403 });
    const medic = await RunningMedic.start({ config, time });
    const up = async (): Promise<string[]> => (await medic.page()).lines('flink_cluster_up');
    expect(await up()).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
    expect((await medic.jobs()).map(({ state }) => state)).toEqual(['RUNNING']);
    const problem = (await medic.clusters())[0]?.problem;
    expect(problem).toMatch(/\/jobmanager\/config.*only the first is asked/);
    const warned = (): unknown[] => medic.log.filter(({ msg }) => msg === problem);
    await medic.advance(POLL);
    expect(warned()).toHaveLength(1);

    first.mode = 'electing';
    await medic.advance(2 * POLL);
    expect(await up()).toEqual(['flink_cluster_up{flink_cluster="prod"} 0']);
    expect((await medic.clusters())[0]?.problem).toMatch(/503/);
    expect(warned()).toHaveLength(1);
    first.mode = 'ready';
    await medic.advance(POLL);
    expect(await up()).toEqual(['flink_cluster_up{flink_cluster="prod"} 1']);
    expect((await medic.clusters())[0]?.problem).toBe(problem);
    expect(second.count('/jobs/overview')).toBe(0);

    second.faults.clear();
    await medic.advance(POLL);
    expect((await medic.clusters())[0]?.problem).toBeUndefined();
    expect(second.count('/jobs/overview')).toBe(1);
  });
});

describe('the figures of /overview', () => {
  it('leave when they cannot be read any more, and come back', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    const figures = async (): Promise<string[]> =>
      (await medic.page()).lines(['flink_cluster_taskmanagers', 'flink_cluster_slots', 'flink_cluster_info']);
    const [info, taskmanagers, slots] = await figures();
    expect([taskmanagers, slots]).toEqual([
      'flink_cluster_taskmanagers{flink_cluster="prod"} 1',
      'flink_cluster_slots{flink_cluster="prod"} 4',
    ]);
    cluster.taskmanagers = 0;
    jobManager.faults.set('/overview', { kind: 'status', status: 500 });
    await medic.advance(MINUTE);
    expect(await figures()).toEqual([info]);
    jobManager.faults.clear();
    await medic.advance(POLL);
    expect(await figures()).toEqual([info, 'flink_cluster_taskmanagers{flink_cluster="prod"} 0', slots]);
  });

  it('are there although the configuration cannot be read', async () => {
    const time = new ManualTime();
    const { jobManager } = await startCluster({ clock: time.manual });
    jobManager.faults.set('/jobmanager/config', { kind: 'status', status: 403 });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    expect((await medic.page()).lines('flink_cluster_taskmanagers')).toHaveLength(1);
  });
});

describe('a cluster that does not answer in time', () => {
  it('delays no other, and is asked again', async () => {
    const time = new ManualTime();
    const slow = await startCluster({ clock: time.manual });
    const quick = await startCluster({ clock: time.manual });
    slow.jobManager.faults.set('*', { kind: 'hang' });
    const clusters = [
      { name: 'quick', jobmanagers: [quick.jobManager.baseUrl], archives: [] },
      { name: 'slow', jobmanagers: [slow.jobManager.baseUrl], archives: [] },
    ];
    const config = { observe: { timeout: '1s' }, clusters };
    const medic = await RunningMedic.start({ config, time, waitUntilIdle: false });
    const answers = (name: string) => async (): Promise<boolean> =>
      (await medic.page()).lines('flink_cluster_up').includes(`flink_cluster_up{flink_cluster="${name}"} 1`);
    await until('answer of the quick cluster', answers('quick'), { every: 2 });
    expect((await medic.page()).lines('flink_cluster_up', 'slow')).toEqual([]);
    expect(await medic.get('/-/ready')).toMatchObject({
      status: 503,
      text: 'flink-medic is not ready: the first observation of cluster slow.\n',
    });
    await medic.idle();
    const page = await medic.page();
    expect(page.lines('flink_cluster_up')).toEqual([
      'flink_cluster_up{flink_cluster="quick"} 1',
      'flink_cluster_up{flink_cluster="slow"} 0',
    ]);
    expect(page.lines('flink_cluster_observation_failures_total', 'reason="timeout"')).toEqual([
      'flink_cluster_observation_failures_total{flink_cluster="quick",reason="timeout"} 0',
      'flink_cluster_observation_failures_total{flink_cluster="slow",reason="timeout"} 1',
    ]);
    slow.jobManager.faults.clear();
    await medic.advance(POLL);
    expect(await answers('slow')()).toBe(true);
  });
});
