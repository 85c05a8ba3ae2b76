/** A real Flink of the test harness: a JobManager, a TaskManager, and three runs of the counting job. */

import { startCluster } from '../../test/real-flink/cluster.ts';
import type { FlinkHome } from '../../test/real-flink/home.ts';
import { type JobControl, submitCountingJob } from '../../test/real-flink/jobs/counting-job.ts';
import { type DemoFlink, JOBS } from './flink.ts';

/** 20 a second: ten minutes when it is left alone, a second when it is told to finish. */
const RECORDS = 12_000;

/** @throws with the end of its logs when it does not start */
export async function startRealFlink(flink: FlinkHome): Promise<DemoFlink> {
  const cluster = await startCluster({ flink });
  const controls = new Map<string, JobControl>();
  return {
    url: cluster.jobManager.url,
    isReal: true,
    archiveDir: cluster.archiveDir,
    async submitJobs() {
      for (const name of Object.values(JOBS)) {
        const { control } = await submitCountingJob(
          cluster,
          name === JOBS.finishes ? { name, records: RECORDS } : { name },
        );
        controls.set(name, control);
      }
    },
    async endTwoJobs() {
      controls.get(JOBS.finishes)?.order('finish');
      controls.get(JOBS.fails)?.order('fail-for-good');
    },
    killJobManager: () => cluster.jobManager.process.kill('SIGKILL'),
    logs: () => cluster.logs(),
    stop: () => cluster.stop(),
  };
}
