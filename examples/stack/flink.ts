/** The real Flink of the stack: a session cluster, and counting jobs that obey files. Called by `main.ts`. */

import { join } from 'node:path';
import { type Cluster, startCluster } from '../../test/real-flink/cluster.ts';
import type { FlinkHome } from '../../test/real-flink/home.ts';
import { buildCountingJob } from '../../test/real-flink/jobs/build.ts';
import { countingJobArgs, JobControl } from '../../test/real-flink/jobs/counting-job.ts';
import type { JobProgram } from '../demo/flink.ts';

export class StackFlink {
  readonly #cluster: Cluster;
  readonly #jar: string;

  private constructor(cluster: Cluster, jar: string) {
    this.#cluster = cluster;
    this.#jar = jar;
  }

  /** @throws with the end of its logs when it does not start */
  static async start(flink: FlinkHome): Promise<StackFlink> {
    const jar = await buildCountingJob(flink);
    return new StackFlink(await startCluster({ flink }), jar);
  }

  /** Of the JobManager's REST interface. */
  get url(): string {
    return this.#cluster.jobManager.url;
  }

  get jobManagerPid(): number | undefined {
    return this.#cluster.jobManager.process.pid;
  }

  /** What the files of one job are written to. All runs of the name obey them. */
  control(name: string): JobControl {
    return new JobControl(join(this.#cluster.directory, `control-${name}`));
  }

  programOf(name: string): JobProgram {
    return { jar: this.#jar, args: countingJobArgs(this.control(name), { name }) };
  }

  /** @returns the job id */
  submit(name: string): Promise<string> {
    return this.#cluster.rest.submit(this.programOf(name));
  }

  cancel(jobId: string): Promise<void> {
    return this.#cluster.rest.cancel(jobId);
  }

  /** The last lines that its processes wrote. */
  logs(): string {
    return this.#cluster.logs();
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }
}
