import { describe, expect, it } from 'vitest';
import type { EndedRun } from '../../src/core/restart/incident.ts';
import type { FreshLook } from '../../src/core/restart/situation.ts';
import { lookAt, type LookedAt } from '../../src/restart/fresh-look.ts';
import { FakeCluster, type FakeClusterOptions } from '../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../fake-flink/fake-job.ts';
import type { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import type { Fault } from '../fake-flink/faults.ts';
import { lookedAt } from './support/looked-at.ts';

const HA = { options: { 'high-availability.type': 'zookeeper' } };
const NOBODY = 'f'.repeat(32);

interface Scene {
  readonly cluster: FakeCluster;
  /** It ran, took a checkpoint and failed. */
  readonly failed: FakeJob;
  readonly watched: LookedAt;
  readonly fakes: readonly [FakeJobManager, ...FakeJobManager[]];
}

async function scene(options: FakeClusterOptions = {}, addresses = 1): Promise<Scene> {
  const cluster = new FakeCluster(options);
  const failed = cluster.submit({ name: 'orders' }).run();
  failed.completeCheckpoint({ path: 'file:/chk-1' });
  cluster.clock.advance(60_000);
  failed.fail();
  cluster.clock.advance(120_000);
  const clusters = Array.from({ length: addresses }, () => cluster);
  const { watched, fakes } = await lookedAt('prod', clusters);
  const [first, ...rest] = fakes;
  if (first === undefined) throw new Error('no address');
  return { cluster, failed, watched, fakes: [first, ...rest] };
}

function endOf({ jobId, name, startTime, endTime = 0 }: FakeJob): EndedRun {
  return { cluster: 'prod', jobId, generation: 0, name, status: 'FAILED', endTime, lastStart: startTime };
}

function look(
  { watched, failed, cluster }: Pick<Scene, 'watched' | 'failed' | 'cluster'>,
  askIds: readonly string[] = [failed.jobId],
  others: readonly LookedAt[] = [],
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<FreshLook> {
  const { timeoutMs = 5000, signal = new AbortController().signal } = options;
  return lookAt(watched, { ended: endOf(failed), askIds }, others, { clock: cluster.clock, timeoutMs, signal });
}

describe('a look at a cluster', () => {
  it('shows its jobs, the process that answered and the checkpoints of the run that ended', async () => {
    const set = await scene();
    const seen = await look(set, [set.failed.jobId, NOBODY]);
    expect(seen).toMatchObject({
      at: set.cluster.clock.now(),
      address: set.fakes[0].baseUrl,
      highlyAvailable: false,
      process: set.fakes[0].process.tmpdir,
      jobs: [{ jobId: set.failed.jobId, state: 'FAILED' }],
      checkpoints: { completed: 1, latestCompleted: { path: 'file:/chk-1' } },
      elsewhere: [],
    });
    expect(seen).not.toHaveProperty('problem');
    expect(seen.byId.get(set.failed.jobId)).toMatchObject({ state: 'FAILED', endTime: set.failed.endTime });
    expect(seen.byId.get(NOBODY)).toBe('not_found');
    expect(seen.restoredFrom).toEqual(new Map());
  });

  it('knows another process by its folder', async () => {
    const set = await scene();
    const before = await look(set);
    set.fakes[0].replaceProcess();
    expect((await look(set)).process).not.toBe(before.process);
  });

  it('finds a running job by its id although the list leaves it out', async () => {
    const set = await scene();
    const job = set.cluster.submit({ name: 'orders' }).run();
    job.listed = false;
    const seen = await look(set, [job.jobId]);
    expect(seen.jobs).toHaveLength(1);
    expect(seen.byId.get(job.jobId)).toMatchObject({ state: 'RUNNING' });
  });

  it('takes the end in the list for one while answers by id come from the cache, and not for that of another life', async () => {
    const set = await scene();
    const job = set.cluster.submit({ name: 'orders' }).run();
    const cached = await (await fetch(`${set.fakes[0].baseUrl}/jobs/${job.jobId}`)).text();
    job.fail();
    set.fakes[0].faults.set('/jobs/:jobid', { kind: 'body', body: cached });
    expect((await look(set, [job.jobId])).byId.get(job.jobId)).toMatchObject({ state: 'FAILED' });

    const later = cached.replace(`"start-time":${String(job.startTime)}`, `"start-time":${String(job.startTime + 1)}`);
    set.fakes[0].faults.set('/jobs/:jobid', { kind: 'body', body: later });
    expect((await look(set, [job.jobId])).byId.get(job.jobId)).toMatchObject({ state: 'RUNNING' });
  });

  it('says of an id that it was not told about', async () => {
    const set = await scene();
    const job = set.cluster.submit({ name: 'orders' }).run();
    job.answers = false;
    expect((await look(set, [job.jobId])).byId.get(job.jobId)).toBe('unanswered');
  });

  it('has no checkpoints of another run with the id, nor of one that 1.18 does not show', async () => {
    const reused = await scene();
    const ended = endOf(reused.failed);
    const job = reused.cluster.submit({ name: 'orders', jobId: ended.jobId }).run();
    job.completeCheckpoint();
    const { signal } = new AbortController();
    const options = { clock: reused.cluster.clock, timeoutMs: 5000, signal };
    expect(await lookAt(reused.watched, { ended, askIds: [] }, [], options)).not.toHaveProperty('checkpoints');
    const old = await look(await scene({ version: '1.18' }));
    expect(old).not.toHaveProperty('checkpoints');
    expect(old).not.toHaveProperty('problem');
  });
});

describe('jobs of other names that live', () => {
  const FROM = { id: 1, path: 'file:/chk-1' };

  it('say what they were restored from, when they began after the end', async () => {
    const set = await scene();
    const fork = set.cluster.submit({ name: 'orders-v2', restoreFrom: FROM }).run();
    set.cluster.submit({ name: 'fresh' }).run();
    set.cluster.submit({ name: 'without', checkpointing: 'off' }).run();
    set.cluster.submit({ name: 'over', restoreFrom: FROM }).run().finish();
    const seen = await look(set);
    expect(seen.restoredFrom).toEqual(new Map([[fork.jobId, 'file:/chk-1']]));
    expect(seen).not.toHaveProperty('problem');
  });

  it('are not asked when they began long before', async () => {
    const cluster = new FakeCluster();
    cluster.submit({ name: 'older' }).run();
    cluster.clock.advance(3_600_000);
    const failed = cluster.submit({ name: 'orders' }).run().fail();
    const { watched, fakes } = await lookedAt('prod', [cluster]);
    await look({ cluster, failed, watched });
    expect(fakes[0]?.requests.filter(({ path }) => path.endsWith('/checkpoints'))).toHaveLength(1);
  });

  it('are a problem while they initialize, or when they do not answer', async () => {
    const set = await scene();
    const fork = set.cluster.submit({ name: 'orders-v2', restoreFrom: FROM });
    expect((await look(set)).problem).toContain(fork.jobId);
    fork.run();
    expect(await look(set)).not.toHaveProperty('problem');
    fork.answers = false;
    expect((await look(set)).problem).toContain(fork.jobId);
  });
});

describe('an address that does not answer', () => {
  it.each<[string, Fault]>([
    ['/jobs/overview', { kind: 'status', status: 503 }],
    ['/jobs/overview', { kind: 'reset' }],
    ['/jobs/overview', { kind: 'body', body: '{}' }],
    ['/jobs/overview', { kind: 'hang' }],
    ['/jobmanager/config', { kind: 'status', status: 403 }],
    ['/config', { kind: 'reset' }],
  ])('%s, %j: nothing is known', async (route, fault) => {
    const set = await scene();
    set.fakes[0].faults.set(route, fault);
    const seen = await look(set, [set.failed.jobId], [], { timeoutMs: 300 });
    expect(seen.problem).toContain(`${set.fakes[0].baseUrl} does not answer: `);
    expect(seen).toMatchObject({ process: '', jobs: [], byId: new Map() });
    expect(seen).not.toHaveProperty('address');
  });

  it('is no answer of a cluster without addresses', async () => {
    const set = await scene();
    const seen = await look({ ...set, watched: { ...set.watched, jobManagers: [] } });
    expect(seen.problem).toBe('the cluster has no JobManager address');
  });

  it('says of a cluster that was in application mode why it may have gone', async () => {
    const set = await scene();
    await set.fakes[0].stop();
    const status = { ...set.watched.status, mode: 'application' } as const;
    const seen = await look({ ...set, watched: { ...set.watched, status } });
    expect(seen.problem).toMatch(
      /^the cluster is in application mode and takes no jars: .*; http:\S+ does not answer: .*ECONNREFUSED/,
    );
  });

  it('does not matter when another of the set answers', async () => {
    const set = await scene(HA, 2);
    set.fakes[0].mode = 'electing';
    const seen = await look(set);
    expect(seen).toMatchObject({ address: set.fakes[1]?.baseUrl, highlyAvailable: true });
    expect(seen).not.toHaveProperty('problem');
  });

  it('cannot be replaced by another one without high availability', async () => {
    const set = await scene({}, 2);
    expect(await look(set)).toMatchObject({ address: set.fakes[0].baseUrl });
    await set.fakes[0].stop();
    const seen = await look(set);
    expect(seen.problem).toContain(set.fakes[0].baseUrl);
    expect(seen.jobs).toEqual([]);
  });

  it('ends with the caller', async () => {
    const set = await scene();
    set.fakes[0].faults.set('/jobs/overview', { kind: 'hang' });
    const caller = new AbortController();
    const seen = look(set, [], [], { signal: caller.signal });
    caller.abort(new Error('stopped'));
    await expect(seen).rejects.toThrow('stopped');
  });
});

describe('answers that cannot be relied on', () => {
  it('differ between the JobManagers of a set in the runs of this name', async () => {
    const one = new FakeCluster(HA);
    const other = new FakeCluster({ ...HA, clock: one.clock });
    const failed = one.submit({ name: 'orders' }).run();
    other.submit({ name: 'orders', jobId: failed.jobId }).run();
    one.submit({ name: 'only here' }).run();
    const { watched } = await lookedAt('prod', [one, other]);
    const set = { cluster: one, failed, watched };
    expect(await look(set)).not.toHaveProperty('problem');
    failed.fail();
    expect((await look(set)).problem).toContain('differ');
    other.job(failed.jobId)?.fail();
    expect(await look(set)).not.toHaveProperty('problem');
    other.submit({ name: 'orders' }).run();
    expect((await look(set)).problem).toContain('differ');
  });

  it('have a row that may be the job', async () => {
    const set = await scene();
    set.fakes[0].faults.set('/jobs/overview', { kind: 'body', body: '{"jobs":[{"jid":7}]}' });
    expect((await look(set)).problem).toContain('a row that cannot be read');
  });

  it.each([
    [{ 'execution.target': 'embedded' }, 'application mode'],
    [{}, 'web.submit.enable'],
  ])('come from a cluster without jar endpoints, with %j', async (options, words) => {
    const set = await scene({ webSubmit: false, options });
    expect((await look(set)).problem).toContain(words);
  });
});

describe('other clusters', () => {
  it('show the jobs that began after the end, each in its own clock', async () => {
    const set = await scene();
    const ahead = new FakeCluster();
    ahead.clock.advance(3_600_000 + set.cluster.clock.now() - ahead.clock.now());
    const later = ahead.submit({ name: 'orders' }).run();
    const { watched: other } = await lookedAt('other', [ahead], 3_600_000);
    const before = new FakeCluster();
    before.clock.advance(-3_600_000);
    before.submit({ name: 'orders' }).run();
    const { watched: earlier } = await lookedAt('earlier', [before]);
    expect((await look(set, [], [other, earlier])).elsewhere).toMatchObject([
      { cluster: 'other', clockOffsetMs: 3_600_000, job: { jobId: later.jobId, name: 'orders', state: 'RUNNING' } },
    ]);
  });

  it('show a job once whatever the number of their JobManagers, and nothing when they do not answer', async () => {
    const set = await scene();
    const cluster = new FakeCluster({ ...HA, clock: set.cluster.clock });
    cluster.submit({ name: 'orders' }).run();
    const { watched: other, fakes } = await lookedAt('other', [cluster, cluster]);
    expect((await look(set, [], [other])).elsewhere).toHaveLength(1);
    for (const fake of fakes) fake.mode = 'failing';
    const seen = await look(set, [], [other]);
    expect(seen.elsewhere).toEqual([]);
    expect(seen).not.toHaveProperty('problem');
  });
});
