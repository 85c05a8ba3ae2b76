/**
 * Real application mode: the cluster goes away with its job, and only the archive can say how that ended. Started again it
 * runs its job under the same id, and Flink overwrites no archive: what is kept of the second run differs (flink.md V16).
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResource } from '../../../src/http/resources.ts';
import { archiveFiles } from '../../real-flink/archives.ts';
import { startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { buildCountingJob, COUNTING_JOB_CLASS } from '../../real-flink/jobs/build.ts';
import { countingJobArgs, JobControl } from '../../real-flink/jobs/counting-job.ts';
import { until } from '../../real-flink/until.ts';
import { isAtLeast, testedVersions } from '../../real-flink/versions.ts';
import { startZooKeeper } from '../../real-flink/zookeeper.ts';
import { WatchingMedic } from './watching-medic.ts';

const JOB_ID = 'feed'.padEnd(32, '0');
const OF_NAME = '{flink_cluster="app",job_name="application"';
const CLUSTER_GONE = 'flink_cluster_up{flink_cluster="app"} 0';

const cases = testedVersions().flatMap((version) => [
  { version, setup: 'alone', isHighlyAvailable: false },
  { version, setup: 'with ZooKeeper', isHighlyAvailable: true },
]);

// Most of the time goes into waiting, so they share it.
describe.concurrent('an application cluster', () => {
  for (const { version, setup, isHighlyAvailable } of cases) {
    const flink = realFlink(version);
    const how = { timeout: 240_000, skip: flink.skip !== undefined };
    it(`is known after it has gone, twice under one job id, on Flink ${version} ${setup}`, how, async () => {
      await using parts = new AsyncDisposableStack();
      const control = new JobControl(mkdtempSync(join(tmpdir(), 'flink-medic-control-')));
      parts.defer(() => rmSync(control.folder, { recursive: true }));
      const jar = await buildCountingJob(flink.get());
      const zooKeeper = isHighlyAvailable ? await startZooKeeper(flink.get()) : undefined;
      parts.defer(() => zooKeeper?.stop());
      const args = countingJobArgs(control, { name: 'application', records: 5_000 });
      const cluster = await startCluster({
        flink: flink.get(),
        application: { jar, entryClass: COUNTING_JOB_CLASS, args, jobId: JOB_ID },
        // The second run writes its checkpoints where the last one of the first is.
        config: { 'execution.checkpointing.tolerable-failed-checkpoints': 10 },
        ...(zooKeeper && { zooKeeper: zooKeeper.quorum }),
      });
      parts.defer(() => cluster.stop());
      const { url, process, rest } = cluster.jobManager;
      const medic = parts.use(await new WatchingMedic([{ name: 'app', jobmanagers: [url] }], 2).start());
      await medic.untilLine(JOB_ID, 'flink_job_status{state="RUNNING"} 1');
      const info = await until('facts of the cluster', async () =>
        (await medic.lines()).find((line) => line.startsWith('flink_cluster_info')),
      );
      expect(info).toContain(`version="${version}"`);
      expect(info).toContain('mode="application"');

      control.order('fail-for-good');
      await medic.untilLine(JOB_ID, 'flink_job_status{state="FAILED"} 1');
      await medic.untilPageHas(CLUSTER_GONE);
      await medic.untilPageHas(`flink_job_runs_ended_total${OF_NAME},status="FAILED"} 1`);
      await medic.untilLine(JOB_ID, 'flink_job_restarts_total 3');
      const [{ start, end } = {}] = await runs(medic);
      const first = { generation: 1, state: 'FAILED', start, end, restarts: 3 };
      await until('end of the JobManager', () => !process.running);

      control.takeBack('fail-for-good');
      process.start();
      await medic.untilLine(JOB_ID, 'flink_job_status{state="RUNNING"} 1');
      await rest.untilCheckpoint(JOB_ID);
      control.order('fail');
      await medic.untilLine(JOB_ID, 'flink_job_restarts_total 1');
      await until('checkpoints', async () => ((await runs(medic))[0]?.checkpoints_completed ?? 0) > 0);
      expect(await runs(medic)).toMatchObject([{ generation: 2, state: 'RUNNING', failovers: 0 }, first]);

      control.order('finish');
      await until('end of the JobManager', () => !process.running);
      await medic.untilPageHas(CLUSTER_GONE);
      const archived = archiveFiles(cluster.archiveDir).filter((path) => basename(path) === JOB_ID).length;
      // Only 2.3 makes an application id for each start, and with high availability it does not.
      expect(archived).toBe(isAtLeast(version, '2.3') && !isHighlyAvailable ? 2 : 1);
      const second = await until('last word on the second run', async () => {
        const [run] = await runs(medic);
        return run !== undefined && (run.state === 'FINISHED' || (archived === 1 && run.state === 'UNKNOWN')) && run;
      });
      console.log(`Flink ${version} ${setup}: ${archived} archives, ${second.state} ${second.source ?? second.reason}`);
      expect(second).toMatchObject({ generation: 2, restarts: 1, failovers: 0 });
      expect((await runs(medic))[1]).toMatchObject(first);
      const page = await medic.lines();
      expect(page).toContain(`flink_job_runs_ended_total${OF_NAME},status="FAILED"} 1`);
      expect(page).toContain(
        `flink_job_runs_ended_total${OF_NAME},status="FINISHED"} ${second.state === 'FINISHED' ? 1 : 0}`,
      );
      expect(page).toContain(`flink_job_runs_vanished_total${OF_NAME}} 0`);
    });
  }
});

/** All runs of the id, newest first. */
async function runs(medic: WatchingMedic): Promise<readonly RunResource[]> {
  const answer = await fetch(`${medic.url}/api/v1/jobs/app/${JOB_ID}`);
  return ((await answer.json()) as { runs: RunResource[] }).runs;
}
