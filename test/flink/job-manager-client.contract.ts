/**
 * What JobManagerClient is told by every JobManager, fake or real: run over both, so that the fake stays one.
 * Called by `job-manager-client.test.ts` and `job-manager-client.real.test.ts`.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { JobManagerClient } from '../../src/flink/job-manager-client.ts';

/** A cluster in which things can be made to happen. */
export interface Subject {
  readonly baseUrl: string;
  /** Starts a job with checkpoints and waits until it is RUNNING and has completed one. */
  run(name: string): Promise<string>;
  /** Starts a job that takes no checkpoints and waits until it is RUNNING. */
  runWithoutCheckpoints(name: string): Promise<string>;
  /** Lets one task of the job fail and waits until the job is RUNNING again. */
  restart(jobId: string): Promise<void>;
  /** Waits until the job is CANCELED. */
  cancel(jobId: string): Promise<void>;
  /** Lets more than ten seconds pass on the cluster's clock. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const NOBODY = 'f'.repeat(32);
const NOT_FOUND = { code: 'http_4xx', status: 404, message: expect.stringContaining(`Job ${NOBODY} not found`) };

/** Declares the tests; call it inside `describe`. */
export function itKeepsTheContract(start: () => Promise<Subject>, timeout: number): void {
  let subject: Subject;
  let client: JobManagerClient;

  beforeAll(async () => {
    subject = await start();
    client = new JobManagerClient({
      baseUrl: subject.baseUrl,
      timeoutMs: 30_000,
      maxResponseBytes: 10_000_000,
      http: {},
    });
  }, timeout);
  afterAll(async () => {
    await client?.close();
    await subject?.stop();
  }, timeout);

  it('describes the cluster', async () => {
    const overview = await client.overview();
    expect(overview).toMatchObject({ taskmanagers: 1, version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    // A TaskManager that has just registered reports its slots a moment later.
    await expect.poll(async () => (await client.overview()).slots, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await client.dashboardConfig()).toEqual({ version: overview.version, webSubmit: true, webHistory: false });
    expect((await client.jobManagerConfig()).get('jobmanager.archive.fs.dir')).toMatch(/^file:\//);
  });

  it('describes a job from RUNNING over a restart to CANCELED', { timeout }, async () => {
    const jobId = await subject.run('orders');
    const listed = (await client.jobsOverview()).jobs.find((job) => job.jobId === jobId);
    const details = await client.job(jobId);
    expect(listed).toMatchObject({ name: 'orders', state: 'RUNNING', startTime: details.startTime });
    expect(details).toMatchObject({ name: 'orders', state: 'RUNNING' });
    expect(details.startTime).toBe(details.timestamps.INITIALIZING);
    expect(details.now).toBeGreaterThanOrEqual(details.startTime);
    expect(listed).not.toHaveProperty('endTime');
    await expect(client.exceptions(jobId)).resolves.toEqual({ entries: [], truncated: false });

    // Flink discards a checkpoint a moment before its statistics name the one after it.
    await expect
      .poll(() => client.checkpoints(jobId), { timeout: 20_000 })
      .toMatchObject({
        completed: expect.toSatisfy((count: number) => count > 0),
        latestCompleted: {
          kind: 'checkpoint',
          discarded: false,
          path: expect.stringMatching(new RegExp(`^file:/.*/${jobId}/chk-\\d+$`)),
        },
      });
    const retention = { retained: true, deletedOnCancellation: false };
    await expect(client.checkpointConfig(jobId)).resolves.toMatchObject(retention);

    await subject.restart(jobId);
    const { entries } = await client.exceptions(jobId);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.taskName).toMatch(/ - execution #0$/);
    expect((await client.checkpoints(jobId))?.restored).toBe(1);
    const ask = async () => {
      await subject.idle();
      return client.metrics(jobId);
    };
    await expect.poll(ask, { interval: 50, timeout: 20_000 }).toMatchObject({ numRestarts: 1 });

    await subject.cancel(jobId);
    const ended = await client.job(jobId);
    expect(ended).toMatchObject({ state: 'CANCELED', startTime: details.startTime });
    expect(ended.endTime).toBe(ended.timestamps.CANCELED);
  });

  it('says of a job without checkpoints that it has none', { timeout }, async () => {
    const jobId = await subject.runWithoutCheckpoints('report');
    await expect(client.checkpoints(jobId)).resolves.toBeUndefined();
    await expect(client.checkpointConfig(jobId)).resolves.toBeUndefined();
    await subject.cancel(jobId);
  });

  it('does not know an id that was never used, and has no metrics of it', async () => {
    await expect(client.job(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(client.checkpoints(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(client.checkpointConfig(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(client.exceptions(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(client.metrics(NOBODY)).resolves.toEqual({});
  });
}
