/** What a loop over all runs asks of the observer; the observations themselves are tested in `test/e2e/`. */

import { expect, it } from 'vitest';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import { MedicError } from '../../src/core/errors.ts';
import { withCheckpoints } from '../../src/core/run-facts.ts';
import type { ListedJob } from '../../src/core/facts.ts';
import { ClusterObserver } from '../../src/observe/cluster-observer.ts';
import type { JobManagerApi } from '../../src/observe/job-manager-api.ts';
import { listed, statistics } from '../core/support/facts.ts';

const NOW = 1_000_000;

const refused = (): Promise<never> => Promise.reject(new MedicError('http_4xx', 'refused', { status: 403 }));
const busy = (): Promise<never> => Promise.reject(new MedicError('http_4xx', 'too many', { status: 429 }));
const notThere = (): Promise<never> => Promise.reject(new MedicError('http_4xx', 'not there', { status: 404 }));

async function observing(
  jobs: readonly ListedJob[],
  more: Partial<JobManagerApi> = {},
  recall: () => Promise<boolean> = async () => true,
  history = new ClusterHistory('prod', { runs: [], names: [] }),
  clock = { now: () => NOW, monotonic: () => NOW },
  turn: () => Promise<void> = async () => {},
) {
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
    ...more,
  };
  const observer = new ClusterObserver({
    cluster: 'prod',
    connect: () => [{ address: 'http://jm', api }],
    history,
    clock,
    intervalMs: 10_000,
    graceMs: 60_000,
    requestTurn: async () => {},
    turn,
    maxLiveRuns: () => MAX_LIVE,
    recall,
    scans: () => [],
    remember: async () => {},
    log: { info: () => {}, warn: () => {} },
  });
  await observer.observe();
  return { history, observer };
}

const MAX_LIVE = 400;

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

it('follows a run that failed over and ended out of sight although 1.18 tells no checkpoints of it', async () => {
  const jobs = [listed({ startTime: 1 })];
  const { history, observer } = await observing(jobs, { checkpoints: notThere });
  for (const run of history.runs())
    history.learn(run, (known) => withCheckpoints(known, statistics({ completed: 5 }), false));
  jobs[0] = listed({ startTime: 500, state: 'FAILED', endTime: 900 });
  await observer.observe();
  expect([...history.runs()]).toMatchObject([{ state: 'FAILED', startTimes: [1, 500], failovers: 1 }]);
});

it('asks a deposed leader nothing about the run that another one has taken over', async () => {
  let asked = 0;
  const jobs = [listed({ startTime: 1 })];
  const { history, observer } = await observing(jobs, { exceptions: () => ((asked += 1), refused()) });
  jobs[0] = listed({ startTime: 500 });
  await observer.observe();
  asked = 0;
  jobs[0] = listed({ startTime: 1, state: 'FAILED', endTime: 900 });
  await observer.observe();
  expect(asked).toBe(0);
  expect([...history.runs()]).toMatchObject([{ state: 'UNKNOWN', rule: 'deposed', startTimes: [1, 500] }]);
});

it('recalls what left memory last, for it is forgotten again while a slow JobManager tells of checkpoints', async () => {
  const asked: string[] = [];
  const jobs = [listed({ startTime: 1 })];
  const recall = async (): Promise<boolean> => asked.push('ledger') > 0;
  const { history, observer } = await observing(
    jobs,
    { checkpoints: () => (asked.push('JobManager'), notThere()) },
    recall,
  );
  for (const run of history.runs())
    history.learn(run, (known) => withCheckpoints(known, statistics({ completed: 5 }), false));
  jobs[0] = listed({ startTime: 500 });
  asked.length = 0;
  await observer.observe();
  expect(asked.slice(0, 2)).toEqual(['JobManager', 'ledger']);
});

it('asks nothing again of a run that has not moved since everything was read, by this flink-medic or the one before', async () => {
  const asked: string[] = [];
  const counting = <T>(what: string, answer: () => Promise<T>) => (asked.push(what), answer());
  const metrics = { numRestarts: 0 };
  const api = (): Partial<JobManagerApi> => ({
    job: () => counting('job', notThere),
    checkpointConfig: () => counting('config', async () => undefined),
    checkpoints: () => counting('checkpoints', notThere),
    exceptions: () => counting('exceptions', async () => ({ entries: [], truncated: false })),
    metrics: () => counting('metrics', async () => ({ ...metrics })),
  });
  const jobs = [listed({ startTime: 1, lastModification: 5 })];
  const { history } = await observing(jobs, api());
  expect(asked.splice(0)).toEqual(['job', 'config', 'checkpoints', 'exceptions', 'metrics']);
  await observing(jobs, api(), undefined, history);
  expect(asked.splice(0)).toEqual([]);

  jobs[0] = listed({ startTime: 1, lastModification: 6 });
  metrics.numRestarts = 1;
  await observing(
    jobs,
    { ...api(), exceptions: () => counting('exceptions', () => Promise.reject(new MedicError('timeout', 'slow'))) },
    undefined,
    history,
  );
  expect(asked.splice(0)).toEqual(['job', 'config', 'checkpoints', 'exceptions', 'metrics']);
  await observing(jobs, api(), undefined, history);
  expect(asked.splice(0), 'not all could be read').toEqual(['job', 'config', 'checkpoints', 'exceptions', 'metrics']);
});

it('takes a list of more jobs than a call takes arguments', async () => {
  const { observer } = await observing(Array.from({ length: 200_000 }, () => listed({ startTime: NOW - 7 })));
  expect(observer.status).toMatchObject({ up: true, clockOffsetMs: -7 });
});

it('measures the clock of the JobManager although ours is set while it answers', async () => {
  const time = { now: NOW, monotonic: 0 };
  const clock = { now: () => time.now, monotonic: () => time.monotonic };
  const jobsOverview = async () => {
    Object.assign(time, { now: NOW + 3_600_010, monotonic: 10 });
    return { jobs: [listed({ startTime: NOW - 2 })], misfits: [] };
  };
  const { observer } = await observing([], { jobsOverview }, undefined, undefined, clock);
  expect(observer.jobManagerNow()).toBe(NOW + 3);
  expect(observer.status.clockOffsetMs).toBe(-3_600_007);
});

it('does not take for read what a proxy kept from being read', async () => {
  const job = listed({ startTime: 1 });
  const kept = { job: busy, checkpoints: busy, checkpointConfig: busy, exceptions: busy, metrics: busy };
  const { history } = await observing([job], kept);
  expect([...history.runs()][0]).not.toHaveProperty('learnedUpTo');
  const gone = {
    job: notThere,
    checkpoints: notThere,
    checkpointConfig: notThere,
    exceptions: notThere,
    metrics: notThere,
  };
  const { history: other } = await observing([job], gone);
  expect([...other.runs()][0]).toMatchObject({ learnedUpTo: job.lastModification });
});

it('goes through the list when it is its turn', async () => {
  const history = new ClusterHistory('prod', { runs: [], names: [] });
  let before: number | undefined;
  await observing([listed({ startTime: 1 })], {}, undefined, history, undefined, async () => {
    before ??= history.liveRuns;
  });
  expect([before, history.liveRuns]).toEqual([0, 1]);
});

it('asks no longer than until the next observation is due, and for the rest then', async () => {
  const jobs = Array.from({ length: 50 }, (_, index) =>
    listed({ jobId: String(index).padStart(32, '0'), startTime: 1 }),
  );
  let now = NOW;
  const asked = new Set<string>();
  const checkpoints = async (jobId: string) => {
    asked.add(jobId);
    now += 1_000;
    return statistics({ completed: 1 });
  };
  const clock = { now: () => now, monotonic: () => now };
  const { observer } = await observing(jobs, { checkpoints }, undefined, undefined, clock);
  const first = asked.size;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(20);
  for (let observation = 0; observation < 10; observation += 1) await observer.observe();
  expect(asked.size).toBe(50);
});
