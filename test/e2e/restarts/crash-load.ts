/**
 * Short jobs beside the repairs of `crash.test.ts`: runs that end in every way, archives that appear, and sources that
 * forget what flink-medic has shown. What it says of them is held against what the fake cluster knows.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import type { Page } from '../support/page.ts';

const NAMES = ['batch-1', 'batch-2', 'batch-3'];
const FINAL_STATUS = /job_id="(\w+)".*status="(\w+)"/;

export class ShortJobs {
  readonly #cluster: FakeCluster;
  readonly #archives: string;
  readonly #random: () => number;
  readonly #ended = new Map<string, FakeJob>();
  /** Of these nothing but the ledger knows any more. */
  readonly #forgotten = new Set<string>();
  #live: FakeJob[] = [];

  constructor(cluster: FakeCluster, archives: string, random: () => number) {
    this.#cluster = cluster;
    this.#archives = archives;
    this.#random = random;
  }

  get forgotten(): number {
    return this.#forgotten.size;
  }

  begin(): void {
    const name = NAMES[Math.floor(this.#random() * NAMES.length)] ?? '';
    this.#live.push(this.#cluster.submit({ name, jobType: 'BATCH', checkpointing: 'off' }).run());
  }

  /** Ends some that run; of every third nobody is told but the archive. */
  endSome(): void {
    const ending = this.#live.filter(() => this.#random() < 0.5);
    this.#live = this.#live.filter((job) => !ending.includes(job));
    for (const job of ending) this.#end(job);
  }

  endAll(): void {
    for (const job of this.#live.splice(0)) this.#end(job);
  }

  /**
   * Looks at what flink-medic shows. What it has shown it must remember by itself: the sources forget it.
   *
   * @throws Error when a final status is not that of the job
   */
  compare(page: Page): void {
    for (const line of page.lines('flink_job_final_status')) {
      const [, jobId = '', status] = FINAL_STATUS.exec(line) ?? [];
      const job = this.#ended.get(jobId);
      if (job === undefined || !line.endsWith(' 1')) continue;
      if (job.state !== status) throw new Error(`the job ended ${job.state}, and is shown so: ${line}`);
      if (this.#forgotten.has(jobId) || this.#random() < 0.5) continue;
      this.#cluster.forget(job);
      rmSync(join(this.#archives, this.#cluster.clusterId, 'applications', jobId), { recursive: true });
      this.#forgotten.add(jobId);
    }
  }

  /** Lines of `flink_job_runs_ended_total` that are right now that all have ended. */
  counts(): string[] {
    const counts = new Map<string, number>();
    for (const { name, state } of this.#ended.values()) {
      const series = `flink_job_runs_ended_total{flink_cluster="c",job_name="${name}",status="${state}"}`;
      counts.set(series, (counts.get(series) ?? 0) + 1);
    }
    return Array.from(counts, ([series, count]) => `${series} ${String(count)}`).toSorted();
  }

  #end(job: FakeJob): void {
    const how = Math.floor(this.#random() * 3);
    if (how === 0) job.finish();
    else if (how === 1) job.fail();
    else job.cancel();
    this.#ended.set(job.jobId, job);
    if (this.#random() < 1 / 3) this.#cluster.forget(job);
  }
}

/** The counters of short jobs that are not 0, as `ShortJobs.counts` has them. */
export function shownCounts(page: Page): string[] {
  return page
    .lines('flink_job_runs_ended_total', 'job_name="batch-')
    .filter((line) => !line.endsWith(' 0'))
    .toSorted();
}
