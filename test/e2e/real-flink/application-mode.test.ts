/** Real application mode: the cluster goes away with its job, and only the archive can say how that ended. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { testedVersions } from '../../real-flink/versions.ts';
import { buildCountingJob, COUNTING_JOB_CLASS } from '../../real-flink/jobs/build.ts';
import { countingJobArgs, JobControl } from '../../real-flink/jobs/counting-job.ts';
import { until } from '../../real-flink/until.ts';
import { WatchingMedic } from './watching-medic.ts';

const JOB_ID = 'feed'.padEnd(32, '0');

for (const version of testedVersions()) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: 180_000 }, () => {
    it('knows how the job of an application cluster failed after the cluster has gone', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'flink-medic-control-'));
      await using _folder = { [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }) };
      const control = new JobControl(folder);
      const jar = await buildCountingJob(flink.get());
      const args = countingJobArgs(control, { name: 'application' });
      const cluster = await startCluster({
        flink: flink.get(),
        application: { jar, entryClass: COUNTING_JOB_CLASS, args, jobId: JOB_ID },
      });
      await using _cluster = { [Symbol.asyncDispose]: () => cluster.stop() };
      const url = cluster.jobManager?.url ?? '';
      await using medic = await new WatchingMedic([{ name: 'app', jobmanagers: [url] }]).start();
      await medic.untilLine(JOB_ID, 'flink_job_status{state="RUNNING"} 1');
      const info = await until('facts of the cluster', async () =>
        (await medic.lines()).find((line) => line.startsWith('flink_cluster_info')),
      );
      expect(info).toContain(`version="${version}"`);
      expect(info).toContain('mode="application"');

      control.order('fail-for-good');
      await medic.untilLine(JOB_ID, 'flink_job_status{state="FAILED"} 1');
      await medic.untilPageHas('flink_cluster_up{flink_cluster="app"} 0');
      await medic.untilPageHas(
        'flink_job_runs_ended_total{flink_cluster="app",job_name="application",status="FAILED"} 1',
      );
      await medic.untilLine(JOB_ID, 'flink_job_restarts_total 3');
    });
  });
}
