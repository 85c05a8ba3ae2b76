/** The fake JobManager of the tests, in this process, with a clock that keeps up with ours. */

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ManualClock } from '../../test/fake-flink/clock.ts';
import { FakeCluster } from '../../test/fake-flink/fake-cluster.ts';
import type { FakeJob, FakeJobOptions } from '../../test/fake-flink/fake-job.ts';
import { FakeJobManager } from '../../test/fake-flink/fake-job-manager.ts';
import { programOf } from '../../test/fake-flink/fake-submission.ts';
import { type DemoFlink, JOBS, POISON } from './flink.ts';

const CHECKPOINT_MS = 1_000;
/** Longer than flink-medic's interval, so that it cannot miss the state. */
const RESTARTING_MS = 1_300;
const RUNNING_AGAIN_MS = 700;
const RESTARTS = 3;
const FAILURE = { exception: POISON.exception, message: 'record 42 is poison' };

/** @param archiveDir an empty folder, in one that is ours too */
export async function startFakeFlink(archiveDir: string): Promise<DemoFlink> {
  const clock = new ManualClock(Date.now());
  const cluster = new FakeCluster({ clock, archiveFolder: archiveDir });
  cluster.main = (submission) => jobOf(programOf(submission).name);
  const program = { jar: join(dirname(archiveDir), `${JOBS.fails}.jar`), args: ['--name', JOBS.fails] };
  writeFileSync(program.jar, 'what a fake runs');
  const keepUp = (): void => clock.advance(Date.now() - clock.now());
  const jobs = new Map<string, FakeJob>();
  const jobManager = await FakeJobManager.start(cluster);
  const timers = [setInterval(keepUp, 50), setInterval(() => checkpoint(cluster.jobs), CHECKPOINT_MS)];
  return {
    url: jobManager.baseUrl,
    isReal: false,
    archiveDir,
    program,
    async submitJobs() {
      for (const name of Object.values(JOBS)) jobs.set(name, cluster.submit(jobOf(name)).run());
    },
    async endTwoJobs() {
      jobs.get(JOBS.finishes)?.finish();
      const failing = jobs.get(JOBS.fails);
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        failing?.restart(FAILURE);
        await pause(RESTARTING_MS);
        failing?.restarted();
        await pause(RUNNING_AGAIN_MS);
      }
      failing?.fail(FAILURE);
    },
    mend: () => {},
    countsFrom: async () => undefined,
    killJobManager: () => jobManager.stop(),
    logs: () => '',
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await jobManager.stop();
    },
  };
}

function jobOf(name: string): FakeJobOptions {
  return {
    name,
    vertices: [{ name: POISON.task, parallelism: 1 }],
    checkpointing: { intervalMs: CHECKPOINT_MS },
  };
}

function checkpoint(jobs: readonly FakeJob[]): void {
  for (const job of jobs) if (job.state === 'RUNNING') job.completeCheckpoint();
}
