import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { JobManagerClient } from '../../src/flink/job-manager-client.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { FLINK_VERSIONS, type FlinkVersion } from '../fake-flink/flink-version.ts';
import { itKeepsTheContract, type Subject } from './job-manager-client.contract.ts';

const NOBODY = 'f'.repeat(32);
const NOT_FOUND = { name: 'MedicError', code: 'http_4xx', status: 404 };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(cluster: FakeCluster) {
  const jobManager = await FakeJobManager.start(cluster);
  const client = new JobManagerClient({
    baseUrl: jobManager.baseUrl,
    timeoutMs: 5000,
    maxResponseBytes: 1_000_000,
    http: {},
  });
  stops.push(
    () => jobManager.stop(),
    () => client.close(),
  );
  return { jobManager, client };
}

async function startSubject(version: FlinkVersion): Promise<Subject> {
  const archiveFolder = mkdtempSync(join(tmpdir(), 'fake-flink-'));
  const cluster = new FakeCluster({ version, archiveFolder });
  const jobManager = await FakeJobManager.start(cluster);
  return {
    baseUrl: jobManager.baseUrl,
    run: async (name) => {
      const job = cluster.submit({ name }).run();
      job.completeCheckpoint();
      return job.jobId;
    },
    runWithoutCheckpoints: async (name) => cluster.submit({ name, checkpointing: 'off' }).run().jobId,
    restart: async (jobId) => {
      cluster.job(jobId)?.restart().restarted();
    },
    cancel: async (jobId) => {
      cluster.job(jobId)?.cancel();
    },
    idle: async () => cluster.clock.advance(10_001),
    stop: async () => {
      await jobManager.stop();
      rmSync(archiveFolder, { recursive: true });
    },
  };
}

describe.each(FLINK_VERSIONS)('JobManagerClient and a fake Flink %s', (version) => {
  itKeepsTheContract(() => startSubject(version), 5000);
});

describe.each(FLINK_VERSIONS)('with Flink %s', (version) => {
  it('sees a job restart, take checkpoints and fail', async () => {
    const cluster = new FakeCluster({ version });
    const { client } = await start(cluster);
    const job = cluster.submit({ name: 'orders' }).run();
    job.completeCheckpoint({ sizeBytes: 100, path: 'file:/chk-1' });
    job.restart({ exception: 'org.example.Poison' });
    await expect(client.job(job.jobId)).resolves.toMatchObject({ state: 'RESTARTING', tasks: { CANCELING: 1 } });
    job.restarted();
    await expect(client.checkpoints(job.jobId)).resolves.toMatchObject({
      restored: 1,
      latestCompleted: { id: 1, sizeBytes: 100, path: 'file:/chk-1' },
    });
    await expect(client.checkpointConfig(job.jobId)).resolves.toMatchObject({ intervalMs: 10_000, retained: true });
    job.fail({ exception: 'org.example.Poison' });
    const { jobs } = await client.jobsOverview();
    expect(jobs).toEqual([expect.objectContaining({ jobId: job.jobId, state: 'FAILED', endTime: job.endTime })]);
    const { entries } = await client.exceptions(job.jobId);
    expect(entries.map((entry) => entry.exceptionName)).toEqual([
      'org.apache.flink.runtime.JobException',
      'org.example.Poison',
    ]);
  });

  it('sees the cluster', async () => {
    const { client } = await start(new FakeCluster({ version, webSubmit: false, options: { 'a.b': 'c' } }));
    await expect(client.overview()).resolves.toMatchObject({ taskmanagers: 1, slots: 4, version: `${version}.0` });
    await expect(client.dashboardConfig()).resolves.toEqual({
      version: `${version}.0`,
      webSubmit: false,
      webHistory: false,
    });
    expect((await client.jobManagerConfig()).get('a.b')).toBe('c');
  });
});

describe('JobManagerClient', () => {
  it('says 404 of a job that was forgotten and 500 of one whose JobMaster does not answer', async () => {
    const cluster = new FakeCluster();
    const { client, jobManager } = await start(cluster);
    const job = cluster.submit({ name: 'orders' }).run();
    job.listed = false;
    await expect(client.jobsOverview()).resolves.toMatchObject({ jobs: [] });
    await expect(client.job(job.jobId)).resolves.toMatchObject({ state: 'RUNNING' });
    job.answers = false;
    await expect(client.job(job.jobId)).rejects.toMatchObject({ code: 'http_5xx', status: 500 });
    cluster.forget(job);
    await expect(client.job(job.jobId)).rejects.toMatchObject({
      ...NOT_FOUND,
      message: expect.stringContaining(`${jobManager.baseUrl}/jobs/${job.jobId}: HTTP 404: `),
    });
  });

  it('gets 404 for the checkpoints of an ended job from 1.18', async () => {
    const cluster = new FakeCluster({ version: '1.18' });
    const { client } = await start(cluster);
    const { jobId } = cluster.submit({ name: 'orders' }).run().finish();
    await expect(client.checkpoints(jobId)).rejects.toMatchObject(NOT_FOUND);
    await expect(client.job(jobId)).resolves.toMatchObject({ state: 'FINISHED' });
  });

  it.each([
    ['1.20', { numRestarts: 2 }],
    ['2.3', { numRestarts: 2, numRescales: 1 }],
  ] as const)('asks for restarts and rescales by name, %s', async (version, metrics) => {
    const cluster = new FakeCluster({ version });
    const { client, jobManager } = await start(cluster);
    const { jobId } = cluster.submit({ name: 'orders' }).run().restart().restarted().rescale();
    await expect(client.metrics(jobId)).resolves.toEqual({});
    await expect(client.metrics(jobId)).resolves.toEqual(metrics);
    expect(jobManager.requests[0]?.path).toBe(`/jobs/${jobId}/metrics?get=numRestarts,numRescales`);
  });

  it('sees an election as 503 and the moment after a kill as 500', async () => {
    const { client, jobManager } = await start(new FakeCluster());
    jobManager.mode = 'electing';
    await expect(client.jobsOverview()).rejects.toMatchObject({ code: 'http_5xx', status: 503 });
    jobManager.mode = 'failing';
    await expect(client.jobsOverview()).rejects.toMatchObject({ code: 'http_5xx', status: 500 });
  });

  it('names address, document and field of a misfit', async () => {
    const { client, jobManager } = await start(new FakeCluster());
    jobManager.faults.set('/overview', { kind: 'body', body: '{"taskmanagers": "secret"}' });
    await expect(client.overview()).rejects.toMatchObject({
      code: 'schema',
      message: `${jobManager.baseUrl}/overview: /overview: taskmanagers: expected number, received string (and 2 more)`,
    });
  });

  it('believes that there are no checkpoints only with 404', async () => {
    const { client, jobManager } = await start(new FakeCluster());
    const body = '{"errors":["Checkpointing has not been enabled."]}';
    jobManager.faults.set('/jobs/:jobid/checkpoints', { kind: 'status', status: 500, body });
    await expect(client.checkpoints(NOBODY)).rejects.toMatchObject({ code: 'http_5xx', status: 500 });
  });

  it('does not take a path for a job id', async () => {
    const { client, jobManager } = await start(new FakeCluster());
    await expect(client.job('../overview')).rejects.toMatchObject(NOT_FOUND);
    expect(jobManager.requests[0]?.path).toBe('/jobs/..%2Foverview');
  });

  it('passes the signal on from every method', async () => {
    const { client, jobManager } = await start(new FakeCluster());
    const reason = new Error('stop');
    const aborted = AbortSignal.abort(reason);
    const asks = [
      client.overview(aborted),
      client.dashboardConfig(aborted),
      client.jobManagerConfig(aborted),
      client.jobsOverview(aborted),
      client.job(NOBODY, aborted),
      client.checkpoints(NOBODY, aborted),
      client.checkpointConfig(NOBODY, aborted),
      client.exceptions(NOBODY, aborted),
      client.metrics(NOBODY, aborted),
    ];
    const outcomes = await Promise.allSettled(asks);
    expect(outcomes).toEqual(asks.map(() => ({ status: 'rejected', reason })));
    expect(jobManager.count()).toBe(0);
  });
});
