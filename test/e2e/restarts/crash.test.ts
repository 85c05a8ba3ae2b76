/**
 * flink-medic gets SIGKILL two hundred times at random moments, also while it starts: the ledger opens each time, each of a
 * hundred repairs that were under way has brought its job back exactly once, and of hundreds of short jobs beside them,
 * whose sources forget them as soon as they were shown, each is counted once, as it ended. Real processes and ledgers, fake
 * clusters, and time that passes ten times as fast. CRASH_SEED=N draws the random numbers of another run again.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { IncidentResource } from '../../../src/http/incident-resources.ts';
import { ManualClock } from '../../fake-flink/clock.ts';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { programOf } from '../../fake-flink/fake-submission.ts';
import { until } from '../../real-flink/until.ts';
import { startCluster } from '../support/fake.ts';
import { randomFrom } from '../../support/random.ts';
import { MedicProcess } from '../support/medic-process.ts';
import type { Page } from '../support/page.ts';
import { temporaryFolder } from '../support/medic.ts';
import { ShortJobs, shownCounts } from './crash-load.ts';
import { configOf, postMessage, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const QUICK_TIME = fileURLToPath(new URL('crash-quick-time.mjs', import.meta.url));
const FACTOR = 10;
const BEGIN = Date.now();

/** Side by side, each with a cluster, a ledger and jobs of its own. */
const LANES = 2;
const JOBS = ['a', 'b', 'd', 'e', 'f'];
/** In each all jobs of a lane fail, at moments of their own, and flink-medic is killed so many times. */
const ROUNDS = 10;
const KILLS = 10;
const REPAIRS = ROUNDS * JOBS.length;
/** Real milliseconds from an alert to a bit after the confirmation, when nobody is killed. */
const REPAIR_MS = 4_000;
/** From the first line of its log to the first observations. */
const START_MS = 600;
/** Between two short jobs of a lane. */
const SHORT_MS = 250;
const SEED = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Two cores may have other work. */
const WITHIN = { within: 200_000 };

/** As in the processes. */
class QuickClock extends ManualClock {
  override readonly now = (): number => Math.floor(BEGIN + (Date.now() - BEGIN) * FACTOR);
}

/** Jobs that fail again and again, and their flink-medic. */
class Lane {
  kills = 0;
  /** How many copies of a job were alive right after each acceptance. */
  readonly alive: number[] = [];
  readonly shortJobs: ShortJobs;
  readonly #cluster: FakeCluster;
  readonly #folder: string;
  readonly #compiled: string;
  /** In [0, 1). */
  readonly #random: () => number;
  #medic: MedicProcess;
  #isOver = false;

  private constructor(cluster: FakeCluster, folder: string, compiled: string, random: () => number) {
    this.#cluster = cluster;
    this.#random = random;
    this.shortJobs = new ShortJobs(cluster, join(folder, 'archives'), random);
    this.#folder = folder;
    this.#compiled = compiled;
    // main() takes its time, so that requests are under way when it happens.
    cluster.main = async (submission) => {
      await sleep(100 * random());
      return programOf(submission);
    };
    cluster.onSubmit = (job) => {
      job.run().completeCheckpoint();
      this.alive.push(cluster.jobs.filter((other) => other.name === job.name && other.endTime === undefined).length);
    };
    this.#medic = this.#start();
  }

  static async begin(compiled: string, random: () => number): Promise<Lane> {
    const folder = temporaryFolder();
    const archiveFolder = join(folder, 'archives');
    mkdirSync(archiveFolder);
    const { cluster, jobManager } = await startCluster({ clock: new QuickClock(), archiveFolder });
    const often = {
      observe: { interval: '3s', timeout: '3s' },
      archives: { scan_interval: '3s' },
      retention: { ended_runs_per_job: 5 },
    };
    const config = {
      ...configOf(jobManager.baseUrl, folder, { archives: [archiveFolder], config: often }),
      restart: {
        mode: 'on',
        max_concurrent: 100,
        max_attempts_per_hour: 10_000,
        breaker: { min_jobs: 100 },
        policies: JOBS.map((name) => policyOf(name, join(folder, 'orders.jar'))),
      },
    };
    writeFileSync(join(folder, 'flink-medic.yml'), JSON.stringify(config));
    const lane = new Lane(cluster, folder, compiled, random);
    for (const name of JOBS) cluster.submit({ name }).run().completeCheckpoint();
    return lane;
  }

  get submissions(): FakeCluster['submissions'] {
    return this.#cluster.submissions;
  }

  async run(): Promise<void> {
    const short = this.#runShortJobs();
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all([this.#crash(), ...JOBS.map((name) => this.#repair(name))]);
      }
      this.#isOver = true;
      await short;
      const isCounted = async (): Promise<boolean> =>
        isDeepStrictEqual(shownCounts(await this.page()), this.shortJobs.counts());
      // What is wrong the test says itself.
      await until('short jobs that are counted', isCounted, WITHIN).catch(() => undefined);
    } catch (error) {
      throw new Error(`its log ends with\n${this.#medic.log.slice(-20).join('\n')}`, { cause: error });
    }
  }

  page(): Promise<Page> {
    return this.#medic.page();
  }

  /** After its end: whether its ledger is sound, and the ends that are in it more than once. */
  ledger(): { readonly integrity: unknown; readonly endedTwice: readonly unknown[]; readonly tombstones: number } {
    const db = new DatabaseSync(join(this.#folder, 'data', 'flink-medic.db'), { readOnly: true });
    const integrity = db.prepare('PRAGMA integrity_check').get()?.integrity_check;
    const ends = `SELECT job_id FROM events WHERE kind = 'ended' GROUP BY cluster, job_id, generation HAVING count(*) > 1`;
    const endedTwice = db.prepare(ends).all();
    const tombstones = Number(db.prepare('SELECT count(*) AS rows FROM tombstones').get()?.rows);
    db.close();
    return { integrity, endedTwice, tombstones };
  }

  async incidents(): Promise<readonly IncidentResource[]> {
    const answer = await fetch(`${await this.#medic.url()}/api/v1/incidents`);
    return ((await answer.json()) as { incidents: IncidentResource[] }).incidents;
  }

  /** @returns the exit code */
  end(): Promise<number | null> {
    return this.#medic.end('SIGTERM');
  }

  async #repair(name: string): Promise<void> {
    const isAlive = (job: FakeJob): boolean => job.name === name && job.endTime === undefined;
    const job = await until('live run', () => this.#cluster.jobs.find(isAlive));
    await until('run that is known', () => this.#isKnown(job), WITHIN);
    await sleep((this.#random() * REPAIR_MS) / 2);
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

  async #crash(): Promise<void> {
    await sleep((this.#random() * REPAIR_MS) / 2);
    for (let kill = 0; kill < KILLS; kill += 1) {
      if ((await this.#medic.end('SIGKILL')) !== null) throw new Error('it had ended by itself');
      this.kills += 1;
      this.#medic = this.#start();
      // A third of them before it listens.
      if (this.#random() > 1 / 3) await this.#medic.url();
      await sleep(this.#random() * 2 * START_MS);
    }
  }

  async #runShortJobs(): Promise<void> {
    while (!this.#isOver) {
      this.shortJobs.begin();
      await sleep(SHORT_MS);
      this.shortJobs.endSome();
      const page = await this.#ask(() => this.page());
      if (page !== undefined) this.shortJobs.compare(page);
    }
    this.shortJobs.endAll();
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
  const kills = LANES * ROUNDS * KILLS;
  it(`loses nothing and does nothing twice in ${String(kills)} kills`, { timeout: 500_000 }, async () => {
    const compiled = temporaryFolder();
    const begin = performance.now();
    console.log(`CRASH_SEED=${String(SEED)}`);
    const lanes = await Promise.all(
      Array.from({ length: LANES }, (_, n) => Lane.begin(compiled, randomFrom(SEED + n))),
    );
    await Promise.all(lanes.map((lane) => lane.run()));
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    const forgotten = lanes.reduce((sum, { shortJobs }) => sum + shortJobs.forgotten, 0);
    console.log(
      `${String(LANES * REPAIRS)} repairs, ${String(forgotten)} short jobs that only the ledger knows, ` +
        `${String(lanes.reduce((sum, lane) => sum + lane.kills, 0))} kills, ${seconds} s`,
    );
    for (const lane of lanes) {
      const incidents = await lane.incidents();
      const attempts = incidents.flatMap((incident) => incident.attempts);
      const started = new Set(lane.submissions.map(({ jobId }) => jobId));
      expect(incidents.map(({ state }) => state)).toEqual(Array(REPAIRS).fill('succeeded'));
      expect(attempts).toHaveLength(REPAIRS);
      expect(started).toEqual(new Set(attempts.map(({ request }) => request.job_id)));
      expect(lane.submissions).toHaveLength(started.size);
      expect(lane.alive).toEqual(Array(REPAIRS).fill(1));
      const page = await lane.page();
      lane.shortJobs.compare(page);
      expect(shownCounts(page)).toEqual(lane.shortJobs.counts());
      const failures = page
        .lines('flink_job_runs_ended_total', 'status="FAILED"')
        .filter((line) => !line.includes('batch-'));
      expect(failures.map((line) => line.split(' ').at(-1))).toEqual(JOBS.map(() => String(ROUNDS)));
      expect(await lane.end()).toBe(0);
      expect(lane.ledger()).toMatchObject({ integrity: 'ok', endedTwice: [] });
      expect(lane.ledger().tombstones, 'runs that were pruned').toBeGreaterThan(0);
    }
  });
});
