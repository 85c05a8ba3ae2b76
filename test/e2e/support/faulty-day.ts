/**
 * A day of three clusters: a session without high availability whose JobManager dies and comes back with nothing, an HA set
 * whose leaders take over from one another and whose job ids are used again, and one whose jobs are brought back. What
 * happens follows from the seed alone, whatever flink-medic sees of it. Used by `faulty-day.test.ts`.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import type { FakeJobManager } from '../../fake-flink/fake-job-manager.ts';
import { randomFrom } from '../../support/random.ts';
import { FailingRequests } from './failing-requests.ts';
import { ManualTime } from './manual-time.ts';
import { RunningMedic, temporaryFolder } from './medic.ts';

const MINUTE_MS = 60_000;
/** Jobs come and go in the first minutes of a cycle, then nothing happens until a JobManager dies, and none comes back. */
const CYCLE = 40;
const BUSY = 33;
const DEATH = 37;
const BACK = 38;
/** After the day, minutes. */
const QUIET = 15;
/** How long a JobManager shows what has ended, in minutes. */
const JOB_STORE = 10;
const STREAMING = ['orders', 'payments', 'invoices', 'refunds'];
const REPAIRED = ['alerts', 'scores', 'totals'];
const REPAIRED_EVERY = 30;
/** Retention, restart worker, notifier, three clusters and two archive folders. */
const LOOPS = 8;

interface Place {
  readonly cluster: FakeCluster;
  readonly random: () => number;
  readonly jobManagers: FakeJobManager[];
  /** Batch jobs that end, and ended jobs that are forgotten: in which minute. */
  readonly later: { readonly minute: number; readonly happens: () => void }[];
}

export interface FaultyDayOptions {
  readonly seed: number;
  readonly hours: number;
  /** Of all requests. */
  readonly failing: number;
}

export class FaultyDay {
  readonly requests: FailingRequests;
  /** The most copies of a repaired job that were alive at a time. */
  copies = 1;
  repairs = 0;
  readonly #seed: number;
  readonly #time = new ManualTime();
  readonly #folder = temporaryFolder();
  #minute = 0;

  private constructor({ seed, failing }: FaultyDayOptions) {
    this.#seed = seed;
    this.requests = new FailingRequests(failing, randomFrom(seed + 1));
  }

  /** Lives through it, and a quarter of an hour in which nothing happens and in the end nothing fails. Closes the ledger. */
  static async live(options: FaultyDayOptions): Promise<{ readonly day: FaultyDay; readonly storagePath: string }> {
    const day = new FaultyDay(options);
    const session = await day.#place({ version: '2.3', archiveFolder: day.#archives('session') }, 1);
    const available = await day.#place(
      {
        version: '1.20',
        archiveFolder: day.#archives('available'),
        options: { 'high-availability.type': 'ZOOKEEPER' },
      },
      2,
    );
    const repaired = await day.#place({ version: '2.3' }, 1);
    for (const name of REPAIRED) repaired.cluster.submit({ name, checkpointing: 'off' }).run();
    repaired.cluster.onSubmit = (job) => {
      job.run();
      day.repairs += 1;
      day.copies = Math.max(day.copies, aliveOf(repaired.cluster, job.name).length);
    };
    const medic = await RunningMedic.start({
      config: day.#configuration({ session, available, repaired }),
      time: day.#time,
    });
    for (const end = options.hours * 60; day.#minute < end + QUIET; day.#minute += 1) {
      // Whether the very last request failed is chance.
      if (day.#minute === end + QUIET - 1) day.requests.end();
      if (day.#minute < end) {
        await day.#liveInSession(session);
        await day.#liveInHighAvailability(available);
        day.#failOne(repaired);
      }
      for (const place of [session, available, repaired]) takeDue(place, day.#minute);
      await day.#pass(medic, repaired.cluster);
    }
    await medic.stop();
    return { day, storagePath: medic.storagePath };
  }

  async #place(options: ConstructorParameters<typeof FakeCluster>[0], jobManagers: number): Promise<Place> {
    const cluster = new FakeCluster({ ...options, clock: this.#time.manual });
    const place: Place = { cluster, random: randomFrom(this.#seed), jobManagers: [], later: [] };
    for (let count = 0; count < jobManagers; count++) {
      place.jobManagers.push(await this.requests.startJobManager(cluster));
    }
    return place;
  }

  #archives(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    return folder;
  }

  async #liveInSession(place: Place): Promise<void> {
    const turn = this.#minute % CYCLE;
    this.#work(place, () => undefined);
    if (turn === DEATH) {
      await place.jobManagers[0]?.stop();
      place.cluster.restart();
    }
    if (turn === BACK) await this.#startAgain(place, 0);
  }

  async #liveInHighAvailability(place: Place): Promise<void> {
    const turn = this.#minute % CYCLE;
    // In application mode, and where people choose ids, the next run of a job has the id of the one before.
    this.#work(place, (name) => STREAMING.indexOf(name).toString().padStart(32, 'b'));
    const leader = Math.floor(this.#minute / CYCLE) % 2;
    if (turn === DEATH) {
      await place.jobManagers[leader]?.stop();
      place.cluster.failOver();
    }
    if (turn === BACK) await this.#startAgain(place, leader);
  }

  async #startAgain({ cluster, jobManagers }: Place, index: number): Promise<void> {
    jobManagers[index] = await this.requests.startJobManager(cluster, jobManagers[index]?.port);
  }

  #work(place: Place, idOf: (name: string) => string | undefined): void {
    const { cluster, random } = place;
    const turn = this.#minute % CYCLE;
    for (const name of STREAMING) {
      const [job] = aliveOf(cluster, name);
      job?.completeCheckpoint();
      if (turn >= BUSY) continue;
      const [comes, restarts, ends] = [random(), random(), random()];
      if (job === undefined && turn >= 3 && comes < 0.4) {
        const jobId = idOf(name);
        cluster.submit({ name, checkpointing: { intervalMs: MINUTE_MS }, ...(jobId && { jobId }) }).run();
      }
      if (job !== undefined && ends < 0.03) this.#end(place, job);
      else if (job !== undefined && restarts < 0.1) job.restart().restarted();
    }
    const [begins, lasts] = [random(), random()];
    if (turn >= BUSY || begins > 0.5) return;
    const name = `batch-${String(Math.floor(10 * begins))}`;
    const batch = cluster.submit({ name, jobType: 'BATCH', checkpointing: 'off' }).run();
    // Some are still there when the JobManager dies.
    const minute = this.#minute + 2 + Math.floor(6 * lasts);
    place.later.push({ minute, happens: () => cluster.job(batch.jobId) === batch && this.#end(place, batch) });
  }

  #end({ cluster, random, later }: Place, job: FakeJob): void {
    const how = random();
    if (how < 0.4) job.finish();
    else if (how < 0.7) job.fail();
    else job.cancel();
    later.push({
      minute: this.#minute + JOB_STORE,
      happens: () => cluster.job(job.jobId) === job && cluster.forget(job),
    });
  }

  #failOne({ cluster, later }: Place): void {
    const name = REPAIRED[Math.floor((this.#minute % REPAIRED_EVERY) / (REPAIRED_EVERY / REPAIRED.length))];
    if (this.#minute % (REPAIRED_EVERY / REPAIRED.length) !== 5 || name === undefined) return;
    const [job] = aliveOf(cluster, name);
    if (job === undefined) throw new Error(`${name} did not come back`);
    job.fail();
    later.push({ minute: this.#minute + JOB_STORE, happens: () => cluster.forget(job) });
  }

  async #pass(medic: RunningMedic, repaired: FakeCluster): Promise<void> {
    const { manual } = this.#time;
    const end = manual.now() + MINUTE_MS;
    while (this.#time.fireNext(end)) {
      // Clusters that are due at the same moment are observed side by side.
      while (this.#time.fireNext(manual.now()));
      await medic.resting(LOOPS);
      // No loop waits for what an incident asks for.
      if (REPAIRED.some((name) => aliveOf(repaired, name).length === 0)) await this.requests.quiet();
    }
    manual.advance(end - manual.now());
  }

  #configuration(places: Readonly<Record<'session' | 'available' | 'repaired', Place>>): object {
    const jar = join(this.#folder, 'job.jar');
    writeFileSync(jar, 'a jar');
    const archives = {
      session: [join(this.#folder, 'session')],
      available: [join(this.#folder, 'available')],
      repaired: [],
    };
    return {
      observe: { timeout: '200ms' },
      clusters: Object.entries(places).map(([name, { jobManagers }]) => ({
        name,
        jobmanagers: jobManagers.map(({ baseUrl }) => baseUrl),
        archives: archives[name as keyof typeof archives],
      })),
      restart: {
        mode: 'on',
        max_attempts_per_hour: 1000,
        breaker: { min_jobs: 1000 },
        policies: REPAIRED.map((name) => ({
          name,
          match: { flink_cluster: 'repaired', job_name: name },
          triggers: { watchdog: true },
          restore: { policy: 'none' },
          driver: { flink_rest: { jar, args: ['--name', name], submit_timeout: '1s' } },
          budget: { attempts: 1000 },
          backoff: { max: '30s' },
          confirm: { running_for: '10s', checkpoint: false, timeout: '5m' },
        })),
      },
    };
  }
}

function aliveOf(cluster: FakeCluster, name: string): FakeJob[] {
  return cluster.jobs.filter((job) => job.name === name && job.endTime === undefined);
}

function takeDue({ later }: Place, minute: number): void {
  const due = later.filter((one) => one.minute <= minute);
  later.splice(0, later.length, ...later.filter((one) => one.minute > minute));
  for (const { happens } of due) happens();
}
