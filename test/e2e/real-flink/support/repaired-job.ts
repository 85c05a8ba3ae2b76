/** A counting job on a real cluster with its policy of restarts, and all runs that the cluster ever had of it. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Cluster } from '../../../real-flink/cluster.ts';
import { countingJobArgs, JobControl, submitCountingJob } from '../../../real-flink/jobs/counting-job.ts';
import { until } from '../../../real-flink/until.ts';

const OVERVIEW = z.object({
  jobs: z.array(
    z.object({
      jid: z.string(),
      name: z.string(),
      state: z.string(),
      'start-time': z.number(),
      'end-time': z.number(),
    }),
  ),
});
const CHECKPOINTS = z.object({
  latest: z.object({ restored: z.object({ id: z.number(), external_path: z.string() }).nullish() }),
});

/** A session cluster forgets nobody while it lives. */
export interface ShownRun {
  readonly id: string;
  readonly state: string;
  readonly start: number;
  /** -1 while it lives. */
  readonly end: number;
}

export class RepairedJob {
  readonly name: string;
  readonly control: JobControl;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, name: string) {
    this.name = name;
    this.control = new JobControl(join(cluster.directory, `control-${name}`));
    this.#cluster = cluster;
  }

  driver(jar: string, config: Readonly<Record<string, string>> = {}): object {
    return { flink_rest: { jar, args: countingJobArgs(this.control, { name: this.name }), config } };
  }

  /** Quick to confirm. */
  policy(jar: string, more: object = {}): object {
    return {
      name: this.name,
      match: { flink_cluster: 'prod', job_name: this.name },
      driver: this.driver(jar),
      backoff: { initial: '1s' },
      confirm: { running_for: '2s' },
      ...more,
    };
  }

  /** @returns the job id */
  async submit(config: Readonly<Record<string, string>> = {}, savepointPath?: string): Promise<string> {
    const job = { name: this.name, control: this.control };
    const how = { config, ...(savepointPath !== undefined && { savepointPath }) };
    return (await submitCountingJob(this.#cluster, job, how)).id;
  }

  /** Submits it, and waits until it has counted and that is in a checkpoint. */
  async submitAndCount(config: Readonly<Record<string, string>> = {}): Promise<string> {
    const id = await this.submit(config);
    const first = await this.#cluster.rest.untilCheckpoint(id);
    await until('second checkpoint', async () => (await this.#cluster.rest.untilCheckpoint(id)) !== first);
    return id;
  }

  /** All runs of its name, oldest first. */
  async runs(): Promise<ShownRun[]> {
    const { jobs } = OVERVIEW.parse(await this.#cluster.rest.get('/jobs/overview'));
    return jobs
      .filter(({ name }) => name === this.name)
      .map((job) => ({ id: job.jid, state: job.state, start: job['start-time'], end: job['end-time'] }))
      .toSorted((a, b) => a.start - b.start);
  }

  async states(): Promise<string[]> {
    return (await this.runs()).map(({ state }) => state);
  }

  /** Ids of its runs of which an archive was written; from 2.3 on there is a second file beside each. */
  archived(): string[] {
    const files = globSync('**', { cwd: this.#cluster.archiveDir, withFileTypes: true });
    const own = files
      .filter((file) => file.isFile() && /^[0-9a-f]{32}$/.test(file.name))
      .filter(({ parentPath, name }) =>
        readFileSync(join(parentPath, name), 'utf8').includes(`\\"name\\":\\"${this.name}\\"`),
      );
    return own.map(({ name }) => name);
  }

  /** What a run says that it restored. */
  async restored(id: string): Promise<{ readonly id: number; readonly path: string } | undefined> {
    const { latest } = CHECKPOINTS.parse(await this.#cluster.rest.get(`/jobs/${id}/checkpoints`));
    return latest.restored ? { id: latest.restored.id, path: latest.restored.external_path } : undefined;
  }
}

/** Runs that were alive at the same time as another one. */
export function overlapping(runs: readonly ShownRun[]): ShownRun[] {
  const endOf = ({ end }: ShownRun): number => (end < 0 ? Number.POSITIVE_INFINITY : end);
  return runs.filter((run) =>
    runs.some((other) => other !== run && run.start < endOf(other) && other.start < endOf(run)),
  );
}
