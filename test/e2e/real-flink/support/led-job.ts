/**
 * A job of two JobManagers with ZooKeeper and what can happen to them, while a flink-medic watches through networks that
 * can be cut. Used by the test of high availability.
 */

import { z } from 'zod';
import type { Cluster, JobManager } from '../../../real-flink/cluster.ts';
import type { JobControl } from '../../../real-flink/jobs/counting-job.ts';
import { until } from '../../../real-flink/until.ts';
import type { WatchingMedic } from '../watching-medic.ts';
import type { Link, Partition } from './partition.ts';

const RUNNING = 'flink_job_status{state="RUNNING"} 1';
const COMPLETED = 'flink_job_checkpoints_completed_total';
const RESTARTS = 'flink_job_restarts_total';
const FAILOVERS = 'flink_job_failovers_total';

/** Checkpoints by which statistics can be behind: one a second, and Flink keeps an answer for three. */
const STATISTICS_AGE = 5;

const CHECKPOINTS = z.object({ latest: z.object({ completed: z.object({ id: z.number() }).nullable() }) });
const METRICS = z.array(z.object({ value: z.coerce.number() }));
const JOB = z.object({ 'start-time': z.number() });

export interface LedJobParts {
  readonly cluster: Cluster;
  /** One in front of each JobManager. */
  readonly links: readonly Partition[];
  readonly medic: WatchingMedic;
  readonly id: string;
}

export class LedJob {
  readonly #parts: LedJobParts;
  /** What the lives before this one added to the counter. */
  #restartsBefore = 0;

  constructor(parts: LedJobParts) {
    this.#parts = parts;
  }

  /** Waits until it has failed once, goes on, and both is counted. */
  async untilRestartedOnce(control: JobControl): Promise<void> {
    const { medic, id } = this.#parts;
    await medic.untilLine(id, RUNNING);
    control.order('fail');
    await medic.untilLine(id, `${RESTARTS} 1`);
    await until('checkpoints', async () => (await this.#value(COMPLETED)) >= 3);
  }

  /** Kills the leader and starts it again as a standby. Returns when the other one has made a checkpoint. */
  async killLeader(): Promise<void> {
    const leader = this.#leader();
    const failovers = await this.#value(FAILOVERS);
    this.#restartsBefore = await this.#value(RESTARTS);
    await leader.process.kill('SIGKILL');
    leader.process.start();
    await this.#untilTakenOver(failovers + 1);
    await this.#leader().rest.untilCheckpoint(this.#parts.id);
    await until('standby', () => leader.rest.tryGet('/overview', z.unknown()));
  }

  /** Cuts one address off from flink-medic for some observations; those after the first must ask the other one. */
  async cutOff(index: number, how: Exclude<Link, 'open'>): Promise<void> {
    const { links } = this.#parts;
    await links[index]?.set(how);
    await this.#untilObserved(2);
    await links[index]?.set('open');
  }

  /**
   * The leader stands still until ZooKeeper has given it up. When it goes on, flink-medic reaches nobody else, so that it
   * hears what a deposed leader says.
   */
  async deposeLeader(): Promise<void> {
    const { cluster, links, medic, id } = this.#parts;
    const deposed = this.#leader();
    const [successor, link] =
      cluster.jobManagers
        .map((jobManager, index) => [jobManager, links[index]] as const)
        .find(([jobManager]) => jobManager !== deposed) ?? [];
    if (successor === undefined || link === undefined) throw new Error('no successor');
    const failovers = await this.#value(FAILOVERS);
    this.#restartsBefore = await this.#value(RESTARTS);
    deposed.process.signal('SIGSTOP');
    await this.#untilTakenOver(failovers + 1);
    await this.untilCountedExactly(successor);

    await link.set('refusing');
    await medic.untilPageHas('flink_cluster_up{flink_cluster="prod"} 0');
    deposed.process.signal('SIGCONT');
    const { 'start-time': startTime } = JOB.parse(await successor.rest.get(`/jobs/${id}`));
    await until('deposed leader that knows it', async () => {
      const job = await deposed.rest.tryGet(`/jobs/${id}`, JOB);
      return job?.['start-time'] === startTime;
    });
    await this.#untilObserved(2);
    await link.set('open');
  }

  /**
   * Waits until restarts and checkpoints are counted up to now. Throws when more checkpoints are counted than there ever
   * were: their ids go on over all leaders.
   */
  async untilCountedExactly({ rest }: JobManager = this.#leader()): Promise<void> {
    const { id } = this.#parts;
    const before = await this.#value(COMPLETED);
    await until('more checkpoints', async () => (await this.#value(COMPLETED)) > before);
    const completed = await this.#value(COMPLETED);
    const { latest } = CHECKPOINTS.parse(await rest.get(`/jobs/${id}/checkpoints`));
    const last = latest.completed?.id ?? 0;
    if (completed > last + STATISTICS_AGE) throw new Error(`${completed} checkpoints, and the last has id ${last}`);
    await until('restarts of this life', async () => {
      const [numRestarts] = METRICS.parse(await rest.get(`/jobs/${id}/metrics?get=numRestarts`));
      return numRestarts !== undefined && (await this.#value(RESTARTS)) === this.#restartsBefore + numRestarts.value;
    });
  }

  async #untilTakenOver(failovers: number): Promise<void> {
    const { medic, id } = this.#parts;
    await until('failover', async () => {
      const lines = await medic.linesOf(id);
      return lines.includes(`${FAILOVERS} ${failovers}`) && lines.includes(RUNNING);
    });
  }

  /** So many more observations reached somebody. */
  async #untilObserved(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const before = await this.#lastObservation();
      await until('observation', async () => (await this.#lastObservation()) > before);
    }
  }

  #leader(): JobManager {
    const leader = this.#parts.cluster.leader();
    if (leader === undefined) throw new Error('no leader');
    return leader;
  }

  async #value(sample: string): Promise<number> {
    return (await this.#parts.medic.value(this.#parts.id, sample)) ?? 0;
  }

  async #lastObservation(): Promise<number> {
    const page = await this.#parts.medic.lines();
    const line = page.find((each) => each.startsWith('flink_cluster_last_observation_timestamp_seconds'));
    return Number(line?.split(' ')[1]);
  }
}
