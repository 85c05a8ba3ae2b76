/** A real Flink of the test harness: a JobManager, a TaskManager, and three runs of the counting job. */

import { join } from 'node:path';
import { startCluster } from '../../test/real-flink/cluster.ts';
import type { FlinkHome } from '../../test/real-flink/home.ts';
import { buildCountingJob } from '../../test/real-flink/jobs/build.ts';
import { countingJobArgs, JobControl, submitCountingJob } from '../../test/real-flink/jobs/counting-job.ts';
import { type DemoFlink, JOBS } from './flink.ts';

/** 20 a second: ten minutes when it is left alone, a second when it is told to finish. */
const RECORDS = 12_000;

/** @throws with the end of its logs when it does not start */
export async function startRealFlink(flink: FlinkHome): Promise<DemoFlink> {
  const jar = await buildCountingJob(flink);
  const cluster = await startCluster({ flink });
  const control = (name: string): JobControl => new JobControl(join(cluster.directory, `control-${name}`));
  const [finishing, failing] = [control(JOBS.finishes), control(JOBS.fails)];
  return {
    url: cluster.jobManager.url,
    isReal: true,
    archiveDir: cluster.archiveDir,
    program: { jar, args: countingJobArgs(failing, { name: JOBS.fails }) },
    async submitJobs() {
      await submitCountingJob(cluster, { name: JOBS.runs });
      await submitCountingJob(cluster, { name: JOBS.finishes, records: RECORDS, control: finishing });
      await submitCountingJob(cluster, { name: JOBS.fails, control: failing });
    },
    async endTwoJobs() {
      finishing.order('finish');
      failing.order('fail-for-good');
    },
    mend: () => failing.takeBack('fail-for-good'),
    countsFrom: async () => (await failing.resumedFrom()).at(-1),
    killJobManager: () => cluster.jobManager.process.kill('SIGKILL'),
    logs: () => cluster.logs(),
    stop: () => cluster.stop(),
  };
}
