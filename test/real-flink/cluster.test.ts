/** Proves the harness itself: the tests of flink-medic on real clusters rely on what is shown here. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { alive } from './alive.ts';
import { archiveOf } from './archives.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { startHistoryServer } from './history-server.ts';
import { type FlinkHome, realFlink } from './home.ts';
import { buildCountingJob, COUNTING_JOB_CLASS } from './jobs/build.ts';
import { countingJobArgs, JobControl, submitCountingJob } from './jobs/counting-job.ts';
import { until } from './until.ts';
import { startZooKeeper } from './zookeeper.ts';

/** Seconds on an idle machine; JVMs of other test files may be starting on the same two cores. */
const PATIENCE = 180_000;

const old = realFlink('1.20.3');
const current = realFlink('2.3.0');

for (const [version, flink] of [
  ['1.20.3', old],
  ['2.3.0', current],
] as const) {
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await startCluster({ flink: flink.get() });
    }, PATIENCE);
    afterAll(() => cluster.stop());

    it('restarts a job that fails once, with its state', async () => {
      showLogsOnFailure(cluster);
      const { id, control } = await submitCountingJob(cluster, { name: 'orders' }, { parallelism: 2 });
      await cluster.rest.untilCheckpoint(id);
      control.order('fail');
      await cluster.rest.untilState(id, 'RESTARTING');
      await cluster.rest.untilState(id, 'RUNNING');
      expect(await startsOf(control, 2)).toEqual([0, expect.toSatisfy(isPositive)]);
      control.order('finish');
      await cluster.rest.untilState(id, 'FINISHED');
    });

    it('ends a job that always fails, and archives it with its own exception', async () => {
      showLogsOnFailure(cluster);
      const { id, control } = await submitCountingJob(cluster, { name: 'payments' });
      await cluster.rest.untilState(id, 'RUNNING');
      control.order('fail-for-good');
      await cluster.rest.untilState(id, 'FAILED');
      const archive = await cluster.untilArchived(id);
      const place = version === '1.20.3' ? [id] : ['0'.repeat(32), 'applications', id, 'jobs', id];
      expect(archive).toBe(join(cluster.archiveDir, ...place));
      expect(readFileSync(archive, 'utf8')).toContain('Caused by: medic.job.PoisonRecordException: record ');
    });

    it('stops a job with a savepoint and goes on from there, slow to cancel', async () => {
      showLogsOnFailure(cluster);
      const job = { name: 'stops', closeMs: 3000 };
      const first = await submitCountingJob(cluster, job);
      await startsOf(first.control, 1);
      const savepointPath = await cluster.rest.stopWithSavepoint(first.id, join(cluster.directory, 'savepoints'));
      await cluster.rest.untilState(first.id, 'FINISHED');

      const jobId = 'c0ffee'.padEnd(32, '0');
      const second = await submitCountingJob(cluster, { ...job, control: first.control }, { savepointPath, jobId });
      expect(second.id).toBe(jobId);
      expect(await startsOf(first.control, 2)).toEqual([0, expect.toSatisfy(isPositive)]);
      await cluster.rest.cancel(second.id);
      await cluster.rest.untilState(second.id, 'CANCELLING');
      await cluster.rest.untilState(second.id, 'CANCELED');
    });

    it('shows its archives in a HistoryServer', async () => {
      const { id } = await submitCountingJob(cluster, { name: 'bounded', records: 3 });
      await cluster.rest.untilState(id, 'FINISHED');
      const history = await startHistoryServer(flink.get(), [cluster.archiveDir]);
      try {
        await history.rest.untilState(id, 'FINISHED');
      } finally {
        await history.stop();
      }
      expect(alive(history.process.pid)).toBe(false);
    });

    it('starts a killed JobManager again, which knows nothing of the jobs before', async () => {
      showLogsOnFailure(cluster);
      const { id } = await submitCountingJob(cluster, { name: 'lost' });
      await cluster.rest.untilState(id, 'RUNNING');
      await cluster.jobManager.process.kill('SIGKILL');
      expect(await cluster.rest.stateOf(id)).toBeUndefined();
      cluster.jobManager.process.start();
      await cluster.ready();
      expect(await cluster.rest.get('/jobs/overview')).toEqual({ jobs: [] });
      expect(archiveOf(cluster.archiveDir, id)).toBeUndefined();
    });

    it('leaves nothing behind', async () => {
      const pids = [
        ...cluster.jobManagers.map(({ process }) => process.pid),
        ...cluster.taskManagers.map((t) => t.pid),
      ];
      expect(pids.map(alive)).toEqual([true, true]);
      await cluster.stop();
      expect(pids.map(alive)).toEqual([false, false]);
      expect(existsSync(cluster.directory)).toBe(false);
    });
  });
}

describe.skipIf(old.skip !== undefined || current.skip !== undefined)(
  'other kinds of clusters',
  { timeout: PATIENCE },
  () => {
    it('keeps the job when the leader of two JobManagers is killed', async () => {
      await withHighAvailability(old.get(), async (cluster) => {
        showLogsOnFailure(cluster);
        const { id, control } = await submitCountingJob(cluster, { name: 'orders' });
        await cluster.rest.untilCheckpoint(id);
        const first = cluster.leader();
        if (first === undefined) throw new Error('no leader');
        await first.process.kill('SIGKILL');
        const second = await until('other leader', () => cluster.leader());
        expect(second).not.toBe(first);
        await second.rest.untilState(id, 'RUNNING');
        expect(await startsOf(control, 2)).toEqual([0, expect.toSatisfy(isPositive)]);
        expect(cluster.rest).toBe(second.rest);
      });
    });

    it('runs a job in application mode, under the id that was given', async () => {
      const flink = old.get();
      const jobId = 'feed'.padEnd(32, '0');
      const jar = await buildCountingJob(flink);
      const control = new JobControl(mkdtempSync(join(tmpdir(), 'flink-medic-control-')));
      const args = countingJobArgs(control, { name: 'application' });
      const cluster = await startCluster({ flink, application: { jar, entryClass: COUNTING_JOB_CLASS, args, jobId } });
      try {
        await startsOf(control, 1);
        expect(await cluster.rest.stateOf(jobId)).toBe('RUNNING');
      } finally {
        await cluster.stop();
        rmSync(control.folder, { recursive: true });
      }
    });

    it('lets two clusters write into one folder', async () => {
      const flink = current.get();
      const archiveDir = mkdtempSync(join(tmpdir(), 'flink-medic-archive-'));
      const ids = ['a'.repeat(32), 'b'.repeat(32)];
      const clusters = await Promise.all(ids.map((clusterId) => startCluster({ flink, archiveDir, clusterId })));
      try {
        const jobs = await Promise.all(clusters.map((each) => submitCountingJob(each, { name: 'same', records: 3 })));
        const paths = await Promise.all(clusters.map((each, index) => each.untilArchived(jobs[index]?.id ?? '')));
        const places = ids.map((clusterId, index) => {
          const id = jobs[index]?.id ?? '';
          return join(archiveDir, clusterId, 'applications', id, 'jobs', id);
        });
        expect(paths).toEqual(places);
      } finally {
        await Promise.all(clusters.map((each) => each.stop()));
        rmSync(archiveDir, { recursive: true });
      }
    });

    it('says in the error what a process wrote when the cluster does not come up', async () => {
      const config = { 'taskmanager.memory.task.heap.size': 'plenty' };
      await expect(startCluster({ flink: old.get(), config })).rejects.toThrow('plenty');
    });
  },
);

async function withHighAvailability(flink: FlinkHome, body: (cluster: Cluster) => Promise<void>): Promise<void> {
  const zooKeeper = await startZooKeeper(flink);
  try {
    const cluster = await startCluster({ flink, jobManagers: 2, zooKeeper: zooKeeper.quorum });
    try {
      await body(cluster);
    } finally {
      await cluster.stop();
    }
  } finally {
    await zooKeeper.stop();
  }
}

/** The counts that the job began with, once it has started so often. */
async function startsOf(control: JobControl, starts: number): Promise<number[]> {
  return until(`start number ${starts}`, async () => {
    const counts = await control.resumedFrom();
    return counts.length >= starts && counts;
  });
}

function isPositive(count: number): boolean {
  return count > 0;
}

function showLogsOnFailure(cluster: Cluster): void {
  onTestFailed(() => console.error(cluster.logs()));
}
