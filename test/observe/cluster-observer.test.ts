/** What a loop over all runs asks of the observer; the observations themselves are tested in `test/e2e/`. */

import { expect, it } from 'vitest';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import { MedicError } from '../../src/core/errors.ts';
import type { ListedJob } from '../../src/core/facts.ts';
import { ClusterObserver } from '../../src/observe/cluster-observer.ts';
import type { JobManagerApi } from '../../src/observe/job-manager-api.ts';
import { listed } from '../core/support/facts.ts';

const NOW = 1_000_000;

const refused = (): Promise<never> => Promise.reject(new MedicError('http_4xx', 'refused', { status: 403 }));

async function observing(jobs: readonly ListedJob[]) {
  const history = new ClusterHistory('prod', { runs: [], names: [], recoveries: 0 });
  const api: JobManagerApi = {
    jobsOverview: async () => ({ jobs, misfits: [] }),
    overview: refused,
    dashboardConfig: refused,
    jobManagerConfig: refused,
    job: refused,
    checkpoints: refused,
    checkpointConfig: refused,
    exceptions: refused,
    metrics: refused,
    close: async () => {},
  };
  const observer = new ClusterObserver({
    cluster: 'prod',
    connect: () => [{ address: 'http://jm', api }],
    history,
    clock: { now: () => NOW, monotonic: () => NOW },
    intervalMs: 10_000,
    graceMs: 60_000,
    recall: async () => true,
    scans: () => [],
    remember: async () => {},
    log: { info: () => {}, warn: () => {} },
  });
  await observer.observe();
  return { history, observer };
}

it('tells for each of many runs whether it is shown, without a look at all others', async () => {
  let looks = 0;
  const jobs = Array.from({ length: 300 }, (_value, index) => {
    const job = listed({ jobId: String(index), name: String(index), startTime: index });
    return Object.defineProperty({ ...job }, 'jobId', { get: () => ((looks += 1), job.jobId), enumerable: true });
  });
  const { history, observer } = await observing(jobs);
  const runs = [...history.runs()];
  looks = 0;
  expect(runs.filter((run) => observer.holds(run))).toHaveLength(300);
  expect(looks).toBeLessThanOrEqual(300);
  const [run] = runs;
  expect(run && observer.holds({ ...run, startTimes: [77_777] }), 'an older life of the id').toBe(false);
  expect(run && observer.holds({ ...run, jobId: 'gone' })).toBe(false);
});
