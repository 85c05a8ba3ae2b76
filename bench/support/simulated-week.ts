/**
 * A fleet that lives in simulated time under the whole program, in one process: jobs that run, restart, complete
 * checkpoints, fail and are repaired; batch jobs every minute under names that never repeat, whose archives appear and are
 * deleted; alerts about jobs that nobody knows; a cluster that is replaced by another one again and again. Keeps what Flink
 * would keep of it. Used by `bench/week.ts`, and by its test with less of everything.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Medic } from '../../src/app/medic.ts';
import { FolderThreads } from '../../src/archive/folder-threads.ts';
import { makeLogger } from '../../src/cli/logger.ts';
import { LoopTimers } from '../../test/e2e/support/loop-timers.ts';
import { ManualTime } from '../../test/e2e/support/manual-time.ts';
import { postMessage, repairWanted, webhookMessage } from '../../test/e2e/support/webhook.ts';
import { FakeCluster } from '../../test/fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../../test/fake-flink/fake-job-manager.ts';
import type { FakeJob } from '../../test/fake-flink/fake-job.ts';

export interface Scale {
  /** With streaming jobs. */
  readonly clusters: number;
  /** Streaming jobs of all clusters together. */
  readonly jobs: number;
  /** Clusters that run a batch job every minute, and archive it. */
  readonly streams: number;
  readonly pollMinutes: number;
  /** `retention.ended_runs`. */
  readonly retentionHours: number;
  /** For how long an archive stays in its folder. */
  readonly archiveHours: number;
  /** From one failure of a streaming job to the next. */
  readonly failureMinutes: number;
  /** For how long the cluster lives that comes and goes. */
  readonly passingHours: number;
}

export const WEEK: Scale = {
  clusters: 50,
  jobs: 5_000,
  streams: 5,
  pollMinutes: 10,
  // Shorter than anybody's, so that most of what is measured is what stays.
  retentionHours: 6,
  archiveHours: 3,
  failureMinutes: 10,
  passingHours: 2,
};

/** A part of a fleet, with the same life. */
export function part(scale: Scale, share: number): Scale {
  const of = (count: number): number => Math.ceil(count * share);
  return { ...scale, clusters: of(scale.clusters), jobs: of(scale.jobs), streams: of(scale.streams) };
}

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
/** `jobstore.expiration-time` of Flink: for how long a JobManager shows a job that has ended. */
const JOB_STORE_MINUTES = 60;
/** Of the jobs of a cluster these complete a checkpoint with every poll. */
const STATEFUL = 2;
const TOKEN = 'webhook-token';
/** Retention, restart worker, notifier. */
const OWN_LOOPS = 3;

interface Place {
  readonly name: string;
  readonly cluster: FakeCluster;
  readonly jobManager: FakeJobManager;
}

export class SimulatedWeek {
  readonly storagePath: string;
  /** Runs that were ever begun. */
  runs = 0;
  repairs = 0;
  url = '';
  readonly #scale: Scale;
  readonly #folder: string;
  readonly #time = new ManualTime();
  readonly #timers = new LoopTimers(this.#time);
  readonly #medic: Medic;
  readonly #streaming: Place[] = [];
  readonly #batch: Place[] = [];
  /** The JobManager of the cluster that comes and goes. */
  readonly #passing: Place[] = [];
  readonly #parts = new AsyncDisposableStack();
  readonly #later: { readonly at: number; readonly happens: () => void }[] = [];
  /** Jobs that wait for their repair. */
  readonly #broken = new Set<readonly [FakeCluster, name: string]>();
  #minute = 0;

  private constructor(scale: Scale, folder: string) {
    this.#scale = scale;
    this.#folder = folder;
    this.storagePath = join(folder, 'data');
    this.#medic = new Medic({
      configFile: join(folder, 'flink-medic.yml'),
      storagePath: this.storagePath,
      listenAddresses: ['127.0.0.1:0'],
      archiveFolders: new FolderThreads(this.#timers),
      systemdSocket: false,
      telemetryPath: '/metrics',
      routePrefix: '',
      enableLifecycle: false,
      env: {},
      clock: this.#time.clock,
      timers: this.#timers,
      log: makeLogger({ level: 'error', format: 'json', write: (line) => process.stderr.write(line) }),
    });
  }

  /** @param folder an empty one, for the ledger, archives and the configuration; its owner removes it */
  static async start(scale: Scale, folder: string): Promise<SimulatedWeek> {
    const week = new SimulatedWeek(scale, folder);
    for (let index = 0; index < scale.clusters; index++) week.#streaming.push(await week.#place(`cluster-${index}`));
    for (let index = 0; index < scale.streams; index++) {
      const archiveFolder = week.#archives(`batch-${index}`);
      mkdirSync(archiveFolder);
      week.#batch.push(await week.#place(`batch-${index}`, archiveFolder));
    }
    for (let index = 0; index < scale.jobs; index++) week.#beginStreaming(index);
    week.#passing.push(await week.#place('passing'));
    writeFileSync(join(folder, 'job.jar'), 'a jar');
    week.#configure();
    const [address = ''] = await week.#medic.start();
    week.url = `http://${address}`;
    week.#parts.defer(() => week.#medic.stop());
    await week.#rest();
    return week;
  }

  get hours(): number {
    return this.#minute / HOUR_MINUTES;
  }

  async live(hours: number): Promise<void> {
    for (const end = this.#minute + hours * HOUR_MINUTES; this.#minute < end; ) await this.#live();
  }

  async stop(): Promise<void> {
    await this.#parts.disposeAsync();
  }

  async #live(): Promise<void> {
    this.#minute += 1;
    const { pollMinutes, failureMinutes, passingHours } = this.#scale;
    for (const place of this.#batch) this.#runBatch(place);
    if (this.#minute % pollMinutes === 0) this.#completeCheckpoints();
    if (this.#minute % failureMinutes === 0) this.#failOne();
    if (this.#minute % (passingHours * HOUR_MINUTES) === 0) {
      this.#configure();
      await this.#medic.reload();
    }
    if (this.#minute % HOUR_MINUTES === 0) this.#forgetWhatFakesKeep();
    await postMessage(
      this.url,
      TOKEN,
      webhookMessage([{ labels: repairWanted('cluster-0', `none-${this.#minute}`, '') }]),
    );
    const { manual } = this.#time;
    const end = manual.now() + MINUTE_MS;
    while (this.#time.fireNext(end)) {
      // Clusters that are due at the same moment are observed side by side.
      while (this.#time.fireNext(manual.now()));
      await this.#rest();
    }
    manual.advance(end - manual.now());
    for (const { happens } of takeDue(this.#later, this.#minute)) happens();
  }

  /** Until every loop waits for its next round, and what an incident asks for was answered. */
  async #rest(): Promise<void> {
    const { clusters, streams } = this.#scale;
    // The cluster that comes and goes, and one archive folder for each stream.
    const loops = OWN_LOOPS + clusters + 1 + 2 * streams;
    do await (this.#isBroken() ? sleep(2) : setImmediate());
    while (this.#timers.waiting < loops);
  }

  #isBroken(): boolean {
    for (const job of this.#broken) if (this.#runs(...job)) this.#broken.delete(job);
    return this.#broken.size > 0;
  }

  #runs(cluster: FakeCluster, name: string): boolean {
    return cluster.jobs.some((job) => job.name === name && job.endTime === undefined);
  }

  #runBatch({ name, cluster }: Place): void {
    const [before] = cluster.jobs.filter(({ endTime }) => endTime === undefined);
    if (before !== undefined) this.#endBatch(name, cluster, before);
    cluster.submit({ name: `${name}-load-${this.#minute}`, jobType: 'BATCH', checkpointing: 'off' }).run();
    this.runs += 1;
  }

  #endBatch(name: string, cluster: FakeCluster, job: FakeJob): void {
    if (this.#minute % 50 === 0) job.fail();
    else job.finish();
    this.#after(JOB_STORE_MINUTES, () => cluster.forget(job));
    const archive = join(this.#archives(name), cluster.clusterId, 'applications', job.jobId);
    this.#after(this.#scale.archiveHours * HOUR_MINUTES, () => rmSync(archive, { recursive: true }));
  }

  #beginStreaming(index: number): void {
    const { clusters } = this.#scale;
    const { cluster } = this.#at(this.#streaming, index);
    const isStateful = index < STATEFUL * clusters;
    const checkpointing = isStateful ? { intervalMs: this.#scale.pollMinutes * MINUTE_MS } : 'off';
    cluster.submit({ name: `job-${index}`, jobId: index.toString(16).padStart(32, 'b'), checkpointing }).run();
    this.runs += 1;
  }

  #completeCheckpoints(): void {
    for (const { cluster } of this.#streaming) {
      for (const job of cluster.jobs.slice(0, STATEFUL)) if (job.endTime === undefined) job.completeCheckpoint();
    }
  }

  /** A job fails for good, and its policy brings it back; another one restarts by itself. */
  #failOne(): void {
    const turn = this.#minute / this.#scale.failureMinutes;
    const { cluster } = this.#at(this.#streaming, turn);
    const alive = cluster.jobs.filter(({ endTime }) => endTime === undefined);
    const job = this.#at(alive, STATEFUL + turn);
    this.#at(alive, STATEFUL + turn + 1)
      .restart()
      .restarted();
    cluster.main = () => ({ name: job.name, checkpointing: 'off' });
    job.fail();
    const broken = [cluster, job.name] as const;
    this.#broken.add(broken);
    this.#after(JOB_STORE_MINUTES, () => {
      cluster.forget(job);
      if (this.#runs(cluster, job.name)) this.repairs += 1;
      this.#broken.delete(broken);
    });
    this.runs += 1;
  }

  /** What would only be the growth of the fakes themselves. */
  #forgetWhatFakesKeep(): void {
    for (const { cluster, jobManager } of [...this.#streaming, ...this.#batch, ...this.#passing]) {
      jobManager.requests.length = 0;
      cluster.submissions.length = 0;
    }
  }

  #configure(): void {
    const { clusters, pollMinutes, retentionHours } = this.#scale;
    const passing = this.#beginPassing();
    const config = {
      observe: { interval: `${pollMinutes}m` },
      archives: { scan_interval: `${pollMinutes}m` },
      retention: { ended_runs: `${retentionHours}h` },
      clusters: [
        ...this.#streaming.map(({ name, jobManager }) => ({ name, jobmanagers: [jobManager.baseUrl], archives: [] })),
        ...this.#batch.map(({ name, jobManager }) => ({
          name,
          jobmanagers: [jobManager.baseUrl],
          archives: [this.#archives(name)],
        })),
        passing,
      ],
      webhook: { authorization: { credentials: TOKEN } },
      restart: {
        mode: 'on',
        policies: [
          {
            name: `streaming-${passing.name}`,
            match: { flink_cluster: `/cluster-[0-9]{1,${String(clusters).length}}/`, job_name: '/job-.*/' },
            triggers: { watchdog: true },
            restore: { policy: 'none' },
            confirm: { running_for: `${2 * pollMinutes}m`, timeout: `${10 * pollMinutes}m` },
            driver: { flink_rest: { jar: join(this.#folder, 'job.jar') } },
          },
        ],
      },
    };
    writeFileSync(join(this.#folder, 'flink-medic.yml'), JSON.stringify(config));
  }

  /** A cluster under a new name, with a job that is new. */
  #beginPassing(): { readonly name: string; readonly jobmanagers: readonly string[]; readonly archives: readonly [] } {
    const { cluster, jobManager } = this.#at(this.#passing, 0);
    cluster.restart();
    cluster.submit({ name: 'passing', jobId: this.#minute.toString(16).padStart(32, 'd'), checkpointing: 'off' }).run();
    this.runs += 1;
    const name = `passing-${Math.floor(this.#minute / (this.#scale.passingHours * HOUR_MINUTES))}`;
    return { name, jobmanagers: [jobManager.baseUrl], archives: [] };
  }

  async #place(name: string, archiveFolder?: string): Promise<Place> {
    const cluster = new FakeCluster({
      clock: this.#time.manual,
      clusterId: Buffer.from(name).toString('hex').padStart(32, '0'),
      ...(archiveFolder === undefined ? {} : { archiveFolder }),
    });
    const jobManager = await FakeJobManager.start(cluster);
    this.#parts.defer(() => jobManager.stop());
    return { name, cluster, jobManager };
  }

  #archives(name: string): string {
    return join(this.#folder, `archives-${name}`);
  }

  #after(minutes: number, happens: () => void): void {
    this.#later.push({ at: this.#minute + minutes, happens });
  }

  #at<T>(list: readonly T[], index: number): T {
    const element = list[index % list.length];
    if (element === undefined) throw new Error('nothing to choose from');
    return element;
  }
}

function takeDue<T extends { readonly at: number }>(later: T[], minute: number): T[] {
  const due = later.filter(({ at }) => at <= minute);
  const rest = later.filter(({ at }) => at > minute);
  later.splice(0, later.length, ...rest);
  return due;
}
