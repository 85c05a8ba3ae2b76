/** The driver and the fresh look against real Flinks, in the order of a job's life. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unseenCluster } from '../../src/core/cluster-status.ts';
import type { EndedRun, SubmissionRequest } from '../../src/core/restart/incident.ts';
import type { FreshLook } from '../../src/core/restart/situation.ts';
import { JobManagerClient } from '../../src/flink/job-manager-client.ts';
import { sha256OfFile } from '../../src/restart/flink-rest/sha256-of-file.ts';
import { submit, type SubmitApi, type SubmitOutcome } from '../../src/restart/flink-rest/submit.ts';
import { lookAt } from '../../src/restart/fresh-look.ts';
import { type Cluster, startCluster } from '../real-flink/cluster.ts';
import { realFlink } from '../real-flink/home.ts';
import { buildCountingJob } from '../real-flink/jobs/build.ts';
import { countingJobArgs, JobControl, submitCountingJob } from '../real-flink/jobs/counting-job.ts';

/** JVMs of other test files may be starting on the same cores. */
const PATIENCE = 180_000;
const NAME = 'orders';
const [FIRST, SECOND, THIRD] = ['1a', '2b', '3c'].map((digits) => digits.repeat(16)) as [string, string, string];

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip)(`Flink ${version} ${flink.skip ?? ''}`, { timeout: PATIENCE }, () => {
    let cluster: Cluster;
    let api: JobManagerClient;
    let control: JobControl;
    let request: Omit<SubmissionRequest, 'jobId'>;
    let ended: EndedRun;
    /** The newest checkpoint of the job that failed. */
    let path: string;

    beforeAll(async () => {
      cluster = await startCluster({ flink: flink.get(), config: { 'web.refresh-interval': 100 } });
      const baseUrl = cluster.jobManager.url;
      api = new JobManagerClient({ baseUrl, timeoutMs: 30_000, maxResponseBytes: 10_000_000, http: {} });
      control = new JobControl(join(cluster.directory, 'control'));
      const file = await buildCountingJob(cluster.flink);
      request = {
        driver: 'flink_rest',
        jar: { file, sha256: await sha256OfFile(file) },
        args: countingJobArgs(control, { name: NAME }),
        parallelism: 1,
        config: { 'execution.checkpointing.interval': '1s' },
        restoreDetail: '',
        submitTimeoutMs: 60_000,
      };
    }, PATIENCE);
    afterAll(async () => {
      await api?.close();
      await cluster?.stop();
    }, PATIENCE);

    function send(change: Partial<SubmissionRequest> & Pick<SubmissionRequest, 'jobId'>): Promise<SubmitOutcome> {
      return submit({ ...request, ...change }, api, { beforeSend: async () => {} }, new AbortController().signal);
    }

    function look(askIds: readonly string[]): Promise<FreshLook> {
      const jobManagers = [{ address: cluster.jobManager.url, api }];
      const watched = { name: 'prod', status: unseenCluster('prod', true), jobManagers };
      const { signal } = new AbortController();
      return lookAt(watched, { ended, askIds }, [], { clock: { now: Date.now }, timeoutMs: 30_000, signal });
    }

    it('uploads the jar and runs it under the id', async () => {
      await expect(send({ jobId: FIRST })).resolves.toEqual({ kind: 'accepted' });
      await cluster.rest.untilState(FIRST, 'RUNNING');
      await cluster.rest.untilCheckpoint(FIRST);
      expect(await api.jars()).toEqual([
        expect.objectContaining({ name: expect.stringMatching(/^[0-9a-f]{16}_counting-job-.+\.jar$/) }),
      ]);
    });

    it('refuses the id a second time, and finds the jar again', async () => {
      await expect(send({ jobId: FIRST })).resolves.toEqual({
        kind: 'rejected',
        detail: expect.stringMatching(/Could not execute application\.; caused by .*Duplicate/),
      });
      expect(await api.jars()).toHaveLength(1);
    });

    it('looks at a job that has failed', async () => {
      control.order('fail-for-good');
      await cluster.rest.untilState(FIRST, 'FAILED');
      control.takeBack('fail-for-good');
      const { startTime, endTime = 0 } = await api.job(FIRST);
      ended = {
        cluster: 'prod',
        jobId: FIRST,
        generation: 0,
        name: NAME,
        status: 'FAILED',
        endTime,
        lastStart: startTime,
      };
      const seen = await look([FIRST, SECOND]);
      expect(seen).not.toHaveProperty('problem');
      expect(seen).toMatchObject({ address: cluster.jobManager.url, highlyAvailable: false, jobs: [{ jobId: FIRST }] });
      expect(seen.process).toContain('flink-web-');
      expect(seen.byId.get(FIRST)).toMatchObject({ state: 'FAILED', startTime, endTime });
      expect(seen.byId.get(SECOND)).toBe('not_found');
      path = seen.checkpoints?.latestCompleted?.path ?? '';
      expect(path).toMatch(/\/chk-\d+$/);
    });

    it('is rejected when the snapshot is gone; the id is burnt', async () => {
      const restore = { path: `${path}0000`, claimMode: 'NO_CLAIM', allowNonRestoredState: false } as const;
      await expect(send({ jobId: SECOND, restore })).resolves.toEqual({
        kind: 'rejected',
        detail: expect.stringContaining('Cannot find checkpoint or savepoint file/directory'),
      });
      expect((await look([SECOND])).byId.get(SECOND)).toMatchObject({ state: 'FAILED' });
      await expect(send({ jobId: SECOND })).resolves.toMatchObject({ kind: 'rejected' });
    });

    it('restores the state of the job that failed', async () => {
      const before = await control.resumedFrom();
      const restore = { path, claimMode: 'NO_CLAIM', allowNonRestoredState: false } as const;
      await expect(send({ jobId: THIRD, restore })).resolves.toEqual({ kind: 'accepted' });
      await cluster.rest.untilState(THIRD, 'RUNNING');
      await cluster.rest.untilCheckpoint(THIRD);
      const starts = await control.resumedFrom();
      expect(starts.length).toBe(before.length + 1);
      expect(starts.at(-1)).toBeGreaterThan(0);
      const seen = await look([FIRST, THIRD]);
      expect(seen.byId.get(THIRD)).toMatchObject({ name: NAME, state: 'RUNNING' });
    });

    it('sees who started another job from the same snapshot', async () => {
      const { id } = await submitCountingJob(cluster, { name: 'orders-v2' }, { savepointPath: path });
      await cluster.rest.untilState(id, 'RUNNING');
      const seen = await look([FIRST, THIRD]);
      expect(seen).not.toHaveProperty('problem');
      expect(seen.restoredFrom).toEqual(new Map([[id, path]]));
      await cluster.rest.cancel(id);
    });

    it.each([
      ['an entry class that is missing', { entryClass: 'medic.job.None' }, /entry point class 'medic.job.None'/],
      ['a main() that fails', { args: ['--records', 'none'] }, /caused by java.lang.NumberFormatException/],
      ['an option that cannot be read', { config: { 'parallelism.default': 'many' } }, /parallelism\.default/],
      ['an option that is wrong', { parallelism: -7 }, /Parallelism must be at least one/],
    ])('is rejected for %s, and no job has the id', async (_what, change, detail) => {
      const jobId = '4d'.repeat(16);
      const outcome = await send({ jobId, ...change });
      expect(outcome).toEqual({ kind: 'rejected', detail: expect.stringMatching(detail) });
      expect((await look([jobId])).byId.get(jobId)).toBe('not_found');
    });

    it('uploads a jar again that was lost on the way', async () => {
      const [jar] = await api.jars();
      const uploaded: string[] = [];
      const losing: SubmitApi = {
        jars: async () =>
          jar === undefined ? [] : [{ ...jar, id: `00000000-0000-0000-0000-000000000000_${jar.name}` }],
        uploadJar: async (file, options) => {
          const id = await api.uploadJar(file, options);
          uploaded.push(id);
          return id;
        },
        runJar: (...order) => api.runJar(...order),
        job: (...question) => api.job(...question),
      };
      const { signal } = new AbortController();
      const fourth = { ...request, jobId: '5e'.repeat(16) };
      const outcome = await submit(fourth, losing, { beforeSend: async () => {} }, signal);
      expect(outcome).toEqual({ kind: 'accepted' });
      expect(uploaded).toHaveLength(1);
      expect((await look([fourth.jobId])).byId.get(fourth.jobId)).toMatchObject({ name: NAME });
    });
  });
}
