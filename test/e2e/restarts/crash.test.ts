/**
 * flink-medic gets SIGKILL again and again at random moments, also while it starts, and in the end each of a hundred repairs that
 * were under way has brought its job back exactly once. Real processes and ledgers, fake clusters, and time that passes ten
 * times as fast.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { IncidentResource } from '../../../src/http/incident-resources.ts';
import { ManualClock } from '../../fake-flink/clock.ts';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { programOf } from '../../fake-flink/fake-submission.ts';
import { until } from '../../real-flink/until.ts';
import { startCluster } from '../support/fake.ts';
import { MedicProcess } from '../support/medic-process.ts';
import { temporaryFolder } from '../support/medic.ts';
import { configOf, postMessage, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const QUICK_TIME = fileURLToPath(new URL('crash-quick-time.mjs', import.meta.url));
const FACTOR = 10;
const BEGIN = Date.now();

/** Side by side, each with a cluster, a ledger and jobs of its own. */
const LANES = 2;
const JOBS = ['a', 'b', 'd', 'e', 'f'];
/** In each all jobs of a lane fail, at moments of their own, and flink-medic is killed five times, give or take. */
const ROUNDS = 10;
const REPAIRS = ROUNDS * JOBS.length;
/** Real milliseconds from an alert to a bit after the confirmation, when nobody is killed. */
const REPAIR_MS = 4_000;
const START_MS = 1_500;

/** Two cores may have other work. */
const WITHIN = { within: 120_000 };

/** As in the processes. */
class QuickClock extends ManualClock {
  override readonly now = (): number => Math.floor(BEGIN + (Date.now() - BEGIN) * FACTOR);
}

/** Jobs that fail again and again, and their flink-medic. */
class Lane {
  kills = 0;
  /** How many copies of a job were alive right after each acceptance. */
  readonly alive: number[] = [];
  readonly #cluster: FakeCluster;
  readonly #folder: string;
  readonly #compiled: string;
  #medic: MedicProcess;

  private constructor(cluster: FakeCluster, folder: string, compiled: string) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.#compiled = compiled;
    // main() takes its time, so that requests are under way when it happens.
    cluster.main = async (submission) => {
      await sleep(100 * Math.random());
      return programOf(submission);
    };
    cluster.onSubmit = (job) => {
      job.run().completeCheckpoint();
      this.alive.push(cluster.jobs.filter((other) => other.name === job.name && other.endTime === undefined).length);
    };
    this.#medic = this.#start();
  }

  static async begin(compiled: string): Promise<Lane> {
    const { cluster, jobManager } = await startCluster({ clock: new QuickClock() });
    const folder = temporaryFolder();
    const config = {
      ...configOf(jobManager.baseUrl, folder, { config: { observe: { interval: '3s', timeout: '3s' } } }),
      restart: {
        mode: 'on',
        max_concurrent: 100,
        max_attempts_per_hour: 10_000,
        breaker: { min_jobs: 100 },
        policies: JOBS.map((name) => policyOf(name, join(folder, 'orders.jar'))),
      },
    };
    writeFileSync(join(folder, 'flink-medic.yml'), JSON.stringify(config));
    const lane = new Lane(cluster, folder, compiled);
    for (const name of JOBS) cluster.submit({ name }).run().completeCheckpoint();
    return lane;
  }

  get submissions(): FakeCluster['submissions'] {
    return this.#cluster.submissions;
  }

  /** @param random in [0, 1), to say when it is killed */
  async round(random: () => number): Promise<void> {
    try {
      await Promise.all([this.#crash(random), ...JOBS.map((name) => this.#repair(name, random))]);
    } catch (error) {
      throw new Error(`its log ends with\n${this.#medic.log.slice(-20).join('\n')}`, { cause: error });
    }
  }

  async incidents(): Promise<readonly IncidentResource[]> {
    const answer = await fetch(`${await this.#medic.url()}/api/v1/incidents`);
    return ((await answer.json()) as { incidents: IncidentResource[] }).incidents;
  }

  /** @returns the exit code */
  end(): Promise<number | null> {
    return this.#medic.end('SIGTERM');
  }

  async #repair(name: string, random: () => number): Promise<void> {
    const isAlive = (job: FakeJob): boolean => job.name === name && job.endTime === undefined;
    const job = await until('live run', () => this.#cluster.jobs.find(isAlive));
    await until('run that is known', () => this.#isKnown(job), WITHIN);
    await sleep((random() * REPAIR_MS) / 2);
    job.fail();
    await this.#tell(job);
    await until('closed incident', () => this.#isClosed(job), WITHIN);
  }

  #start(): MedicProcess {
    return new MedicProcess(['--config.file=flink-medic.yml', '--storage.path=data'], this.#folder, {
      node: ['--import', QUICK_TIME],
      env: {
        QUICK_TIME_BEGIN: String(BEGIN),
        QUICK_TIME_FACTOR: String(FACTOR),
        NODE_COMPILE_CACHE: this.#compiled,
      },
    });
  }

  async #crash(random: () => number): Promise<void> {
    await sleep(random() * REPAIR_MS);
    do {
      await this.#medic.end('SIGKILL');
      this.kills += 1;
      this.#medic = this.#start();
      await sleep(random() * 2 * START_MS);
    } while (random() < 0.8);
  }

  /** As Alertmanager does: again and again until it has its 202. */
  async #tell({ name, jobId }: FakeJob): Promise<void> {
    const startsAt = this.#cluster.clock.now();
    const message = webhookMessage([{ labels: repairWanted('c', name, jobId), startsAt }]);
    await until('202', async () => (await this.#ask((url) => postMessage(url, TOKEN, message)))?.status === 202, {
      ...WITHIN,
      every: 200,
    });
  }

  async #isKnown({ name, jobId }: FakeJob): Promise<boolean> {
    const page = await this.#ask(async (url) => (await fetch(`${url}/metrics`)).text());
    return page?.includes(`job_id="${jobId}",job_name="${name}",state="RUNNING"} 1`) === true;
  }

  async #isClosed({ jobId }: FakeJob): Promise<boolean> {
    const incidents = await this.#ask(() => this.incidents());
    return incidents?.find((incident) => incident.job_id === jobId)?.closed !== undefined;
  }

  /** Undefined when it does not answer: it was killed, or begins. */
  async #ask<T>(question: (url: string) => Promise<T>): Promise<T | undefined> {
    const medic = this.#medic;
    if (!medic.log.some((line) => line.includes('"address"'))) return undefined;
    try {
      return await question(await medic.url());
    } catch {
      return undefined;
    }
  }
}

function policyOf(name: string, jar: string): object {
  return {
    name,
    match: { flink_cluster: 'c', job_name: name },
    driver: { flink_rest: { jar, args: ['--name', name], submit_timeout: '5s' } },
    budget: { attempts: 1_000, per: '1m' },
    backoff: { initial: '1s', max: '1s' },
    confirm: { running_for: '1s', checkpoint: false, timeout: '10m' },
  };
}

describe('flink-medic that is killed at random moments', () => {
  it(`brings jobs back exactly once in each of ${String(LANES * REPAIRS)} repairs`, { timeout: 300_000 }, async () => {
    const compiled = temporaryFolder();
    const begin = performance.now();
    const lanes = await Promise.all(Array.from({ length: LANES }, () => Lane.begin(compiled)));
    await Promise.all(
      lanes.map(async (lane) => {
        for (let round = 0; round < ROUNDS; round += 1) await lane.round(Math.random);
      }),
    );
    const kills = lanes.reduce((sum, lane) => sum + lane.kills, 0);
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    console.log(`${String(LANES * REPAIRS)} repairs, ${String(kills)} kills, ${seconds} s`);
    for (const lane of lanes) {
      const incidents = await lane.incidents();
      const attempts = incidents.flatMap((incident) => incident.attempts);
      const started = new Set(lane.submissions.map(({ jobId }) => jobId));
      expect(incidents.map(({ state }) => state)).toEqual(Array(REPAIRS).fill('succeeded'));
      expect(attempts).toHaveLength(REPAIRS);
      expect(started).toEqual(new Set(attempts.map(({ request }) => request.job_id)));
      expect(lane.submissions).toHaveLength(started.size);
      expect(lane.alive).toEqual(Array(REPAIRS).fill(1));
      expect(await lane.end()).toBe(0);
    }
  });
});
