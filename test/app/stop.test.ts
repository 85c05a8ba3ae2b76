/** Start is idempotent, stop is bounded, and afterwards nothing of us is left. */

import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { until } from '../real-flink/until.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

/** Sockets, servers, watches and processes that keep this process alive; timers of the test runner come and go. */
function resources(): Record<string, number> {
  const kinds = process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|FSEvent|Process|FSReq/.test(kind));
  return Object.fromEntries(kinds.map((kind) => [kind, kinds.filter((other) => other === kind).length]));
}

it.each(['answers', 'hangs', 'is away'] as const)('stops at once when the JobManager %s', async (mode) => {
  const before = resources();
  const time = new ManualTime();
  const archiveFolder = temporaryFolder();
  const cluster = new FakeCluster({ clock: time.manual, archiveFolder });
  cluster.submit({ name: 'orders' }).run();
  cluster.submit({ name: 'report' }).run().finish();
  const jobManager = await FakeJobManager.start(cluster);
  if (mode === 'hangs') jobManager.faults.set('*', { kind: 'hang' });
  if (mode === 'is away') await jobManager.stop();
  const config = {
    observe: { interval: '1h', timeout: '1h' },
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }],
  };
  const medic = await RunningMedic.start({ config, time, waitUntilIdle: mode !== 'hangs' });
  if (mode === 'hangs') await until('request', () => jobManager.count() > 0, { every: 2 });

  const startedAt = performance.now();
  await medic.stop();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(time.pending).toBe(0);
  await expect(medic.get('/-/healthy')).rejects.toThrow(/ECONNREFUSED|other side closed/);
  // A second time it is a matter of nothing.
  await medic.stop();
  if (mode !== 'is away') await jobManager.stop();
  await until('end of every socket and watch', () => JSON.stringify(resources()) === JSON.stringify(before), {
    within: 10_000,
    every: 10,
  });
});

it('ends requests that wait for it, and connections that ask nothing', async () => {
  const time = new ManualTime();
  const jobManager = await FakeJobManager.start(new FakeCluster({ clock: time.manual }));
  const config = {
    observe: { interval: '1h', timeout: '1h' },
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }],
  };
  const medic = await RunningMedic.start({ config, time });
  jobManager.faults.set('*', { kind: 'hang' });
  const asked = jobManager.count();
  const probe = medic.get('/probe?target=prod').then(
    ({ status }) => status,
    () => 'ended',
  );
  await until('request', () => jobManager.count() > asked, { every: 2 });
  const idle = connect(Number(new URL(medic.url).port), '127.0.0.1');
  await once(idle, 'connect');
  const closed = once(idle, 'close');
  const startedAt = performance.now();
  await medic.stop();
  expect(performance.now() - startedAt).toBeLessThan(6_000);
  expect([200, 'ended']).toContain(await probe);
  await closed;
  expect(time.pending).toBe(0);
  await jobManager.stop();
});

it('starts once however often it is told to', async () => {
  const config = { clusters: [{ name: 'prod', jobmanagers: ['http://127.0.0.1:9'], archives: [] }] };
  const medic = await RunningMedic.start({ config });
  expect(await medic.startAgain()).toBe(new URL(medic.url).host);
});

function watching({ baseUrl }: FakeJobManager): object {
  return { clusters: [{ name: 'prod', jobmanagers: [baseUrl], archives: [temporaryFolder()] }] };
}

it('ends a reload that is under way, and what that has begun', async () => {
  const before = resources();
  for (let round = 0; round < 12; round++) {
    const time = new ManualTime();
    const cluster = new FakeCluster({ clock: time.manual });
    const [first, second] = [await FakeJobManager.start(cluster), await FakeJobManager.start(cluster)];
    const medic = await RunningMedic.start({ config: watching(first), time });
    medic.configure(watching(second));
    const reload = medic.reload();
    for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);
    await medic.stop();
    await reload;
    expect(time.pending).toBe(0);
    await Promise.all([first.stop(), second.stop()]);
  }
  const left = (): boolean => Object.entries(resources()).some(([kind, count]) => count > (before[kind] ?? 0));
  await until('end of every socket and watch', () => !left(), { within: 10_000, every: 10 });
});
