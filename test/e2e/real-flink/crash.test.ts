/**
 * flink-medic gets SIGKILL before and after every commit between the alert and the confirmed run, and while a submission is
 * on its way; then it is started again: exactly one new run on real Flink, each time. Each point has a job and a flink-medic
 * with a ledger of its own; all are side by side on one cluster.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { buildCountingJob } from '../../real-flink/jobs/build.ts';
import { countingJobArgs } from '../../real-flink/jobs/counting-job.ts';
import { killPoints, withKillHook } from '../support/kill-points.ts';
import type { Launch } from '../support/medic-process.ts';
import type { IncidentStoryResource } from '../../../src/http/incident-resources.ts';
import { startCrashRelay } from './crash-relay.ts';
import { overlapping, RepairedJob } from './support/repaired-job.ts';
import { RepairingMedic } from './support/repairing-medic.ts';

const PATIENCE = 240_000;
/** Between the next start and the moment in which a submission that was held up arrives. */
const HELD_UP_MS = 3_000;

/** The commits around the submission, in the words of the kill hook. */
const ATTEMPT = [
  'incidents=submitting attempts=intended job_repairs incident_events=accepted',
  'incidents=submitting attempts=sending incident_events=sending',
  'incidents=confirming attempts=submitted incident_events=submitted',
];
const COMMITS = [
  'deliveries=stored',
  'incidents=deferred incident_events=opened deliveries=opened',
  ...ATTEMPT,
  'incidents=confirming attempts=submitted incident_events=running',
  'incidents=succeeded attempts=succeeded job_repairs incident_events=closed',
];
const IN_FLIGHT = ['with the request on its way', 'with the answer on its way'] as const;

const beforeAndAfter = (commits: readonly string[]): string[] =>
  commits.flatMap((commit) => [`before ${commit}`, `after ${commit}`]);

interface Crashed {
  readonly job: RepairedJob;
  /** The run that failed. */
  readonly failedId: string;
  readonly incident: IncidentStoryResource;
}

/** All points of a version, side by side. */
class Crashes {
  readonly cluster: Cluster;
  readonly #jar: string;
  readonly #launch: Launch;
  readonly #crashed = new Map<string, Promise<Crashed>>();

  constructor(cluster: Cluster, jar: string) {
    this.cluster = cluster;
    this.#jar = jar;
    this.#launch = { env: { NODE_COMPILE_CACHE: join(cluster.directory, 'compiled') } };
  }

  begin(points: readonly string[]): void {
    for (const [index, point] of points.entries()) {
      const crashed = this.#crash(`job-${String(index)}`, point);
      // Whoever awaits it gets the reason.
      crashed.catch(() => undefined);
      this.#crashed.set(point, crashed);
    }
  }

  async at(point: string): Promise<Crashed> {
    const crashed = await this.#crashed.get(point);
    if (crashed === undefined) throw new Error(`no crash ${point}`);
    return crashed;
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#crashed.values());
    await this.cluster.stop();
  }

  async #crash(name: string, point: string): Promise<Crashed> {
    const job = new RepairedJob(this.cluster, name);
    const failedId = await job.submitAndCount();
    const inFlight = IN_FLIGHT.find((one) => one === point);
    if (inFlight === undefined) return this.#atCommit(job, failedId, point);
    return this.#inFlight(job, failedId, inFlight === 'with the request on its way' ? 'request' : 'answer');
  }

  async #atCommit(job: RepairedJob, failedId: string, point: string): Promise<Crashed> {
    await using medic = await RepairingMedic.prepare(this.cluster.jobManager.url, [this.#policy(job)]);
    const file = join(medic.folder, 'commits');
    const { node, env } = withKillHook(file, point);
    await medic.start({ node, env: { ...env, ...this.#launch.env } });
    await medic.untilSeen(failedId, 'RUNNING');
    const wasTold = await medic.tell(job.name, failedId).then(
      () => true,
      () => false,
    );
    if (wasTold) await this.#fail(job, failedId);
    // While jobs beside it begin, what they restore cannot be seen: that may take more than one decision.
    await medic.untilEnded().catch(() => medic.untilEnded());
    const last = killPoints(file).at(-1);
    if (last !== point) throw new Error(`it ended ${String(last)} instead of ${point}`);
    await medic.start(this.#launch);
    if (!wasTold) {
      // As Alertmanager does until it gets its 202.
      await medic.tell(job.name, failedId);
      await this.#fail(job, failedId);
    }
    return { job, failedId, incident: await closed(medic, failedId) };
  }

  async #inFlight(job: RepairedJob, failedId: string, hold: 'request' | 'answer'): Promise<Crashed> {
    await using relay = await startCrashRelay(this.cluster.jobManager.url, hold);
    await using medic = await RepairingMedic.prepare(relay.url, [this.#policy(job)]);
    await medic.start(this.#launch);
    await medic.untilSeen(failedId, 'RUNNING');
    await medic.tell(job.name, failedId);
    await this.#fail(job, failedId);
    await relay.held;
    await medic.kill('SIGKILL');
    await medic.start(this.#launch);
    await sleep(HELD_UP_MS);
    relay.release();
    return { job, failedId, incident: await closed(medic, failedId) };
  }

  async #fail({ control }: RepairedJob, id: string): Promise<void> {
    control.order('fail-for-good');
    await this.cluster.rest.untilState(id, 'FAILED');
    control.takeBack('fail-for-good');
  }

  #policy(job: RepairedJob): object {
    const args = countingJobArgs(job.control, { name: job.name });
    return job.policy(this.#jar, { driver: { flink_rest: { jar: this.#jar, args, submit_timeout: '8s' } } });
  }
}

/** For the same reason. */
function closed(medic: RepairingMedic, failedId: string): Promise<IncidentStoryResource> {
  return medic.untilClosed(failedId).catch(() => medic.untilClosed(failedId));
}

for (const [version, points] of [
  ['2.3.0', [...beforeAndAfter(COMMITS), ...IN_FLIGHT]],
  ['1.20.3', [...beforeAndAfter(ATTEMPT), ...IN_FLIGHT]],
] as const) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    let crashes: Crashes;

    beforeAll(async () => {
      // So many jobs share two cores with so many flink-medics.
      const config = { 'restart-strategy.type': 'disable', 'execution.checkpointing.interval': '3s' };
      const cluster = await startCluster({ flink: flink.get(), slots: points.length, config });
      crashes = new Crashes(cluster, await buildCountingJob(cluster.flink));
      crashes.begin(points);
      console.log(`Flink ${version}: flink-medic is killed\n${points.map((point) => `  ${point}`).join('\n')}`);
    }, PATIENCE);
    afterAll(() => crashes.end(), PATIENCE);

    it.each(points)('gets one new run when flink-medic is killed %s', async (point) => {
      const { job, failedId, incident } = await crashes.at(point);
      expect(incident.state).toBe('succeeded');
      expect(incident.attempts).toHaveLength(1);
      const newId = incident.attempts[0]?.request.job_id ?? '';
      const runs = await job.runs();
      expect(runs.map(({ id, state }) => [id, state])).toEqual([
        [failedId, 'FAILED'],
        [newId, 'RUNNING'],
      ]);
      expect(overlapping(runs)).toEqual([]);
      expect((await job.restored(newId))?.path).toBe(incident.attempts[0]?.request.restore?.path);
      const counts = await job.control.resumedFrom();
      expect(counts).toHaveLength(2);
      expect(counts[1]).toBeGreaterThan(0);
    });
  });
}
