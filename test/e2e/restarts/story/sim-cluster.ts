/**
 * One cluster of a story: a fake cluster with what really became of its jobs, and how its JobManagers answer. Keeps every
 * job that ever was, and everything that was submitted to it.
 */

import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MedicError } from '../../../../src/core/errors.ts';
import type { Answer } from '../../../../src/flink/answer.ts';
import type { ManualClock } from '../../../fake-flink/clock.ts';
import { FakeCluster } from '../../../fake-flink/fake-cluster.ts';
import type { FakeJob, FakeJobOptions } from '../../../fake-flink/fake-job.ts';
import { FakeProcess } from '../../../fake-flink/fake-process.ts';
import type { FakeProgram, FakeSubmission } from '../../../fake-flink/fake-submission.ts';
import { encode } from '../../../fake-flink/faulty-response.ts';
import type { FlinkVersion } from '../../../fake-flink/flink-version.ts';
import { JAR_ROUTES } from '../../../fake-flink/jar-routes.ts';
import { failure, ok, type Reply, ROUTES } from '../../../fake-flink/routes.ts';
import type { WireRequest } from './wire.ts';

/** How often flink-medic observes. */
const OBSERVED_MS = 30_000;

export interface TrueSnapshot {
  readonly id: number;
  readonly path: string;
  readonly savepoint: boolean;
  /** A flink-medic was shown it. */
  seen: boolean;
}

/** A job as it really was. */
export interface TrueJob {
  readonly job: FakeJob;
  readonly byMedic: boolean;
  /** Completed snapshots, oldest first. */
  readonly snapshots: TrueSnapshot[];
  readonly restoredFrom: string | undefined;
  /** When a flink-medic was shown its end. */
  seenEndedAt: number | undefined;
  /** Its process died, and nobody took it over. */
  lost: boolean;
}

export interface Accepted {
  readonly submission: FakeSubmission;
  readonly process: FakeProcess;
  readonly job: FakeJob;
}

export type WireFault = 'reset' | 'timeout' | 500 | 503 | 400;

interface PlannedFault {
  readonly route: string;
  readonly kind: WireFault;
  readonly before: boolean;
  left: number;
}

export interface SimClusterOptions {
  readonly name: string;
  readonly version: FlinkVersion;
  readonly highlyAvailable: boolean;
  readonly clock: ManualClock;
  readonly folder: string;
  /** The next number of what happens. */
  readonly tick: () => number;
  readonly after: (ms: number) => Promise<void>;
  /** Called when a submission became a job. */
  readonly accepted: (cluster: SimCluster, accepted: Accepted) => void;
}

/** What becomes of the next jobs that are submitted. */
export type Fate = 'run' | 'fail' | 'initialise' | 'flap' | 'cancel' | 'finish';

export class SimCluster extends FakeCluster {
  readonly name: string;
  readonly highlyAvailable: boolean;
  readonly truth: TrueJob[] = [];
  readonly accepted: Accepted[] = [];
  mode: 'ready' | 'electing' | 'down' = 'ready';
  process = new FakeProcess();
  readonly faults: PlannedFault[] = [];
  readonly fates: Fate[] = [];
  mainMs = 0;
  #accepting = false;
  readonly #sim: SimClusterOptions;

  constructor(sim: SimClusterOptions) {
    super({
      version: sim.version,
      clock: sim.clock,
      clusterId: sim.name.padEnd(32, '0'),
      options: sim.highlyAvailable ? { 'high-availability.type': 'zookeeper' } : {},
    });
    this.#sim = sim;
    this.name = sim.name;
    this.highlyAvailable = sim.highlyAvailable;
    this.main = async ({ args, jar }) => {
      if (this.mainMs > 0) await sim.after(this.mainMs);
      const at = args.indexOf('--name');
      return { name: args[at + 1] ?? jar, checkpointing: { intervalMs: 10_000, timeoutMs: 60_000 } };
    };
    this.onSubmit = (job) => this.#befall(job, this.fates.shift() ?? 'run');
  }

  override submit(options: FakeJobOptions): FakeJob {
    const job = super.submit(options);
    const { restoreFrom } = options;
    this.truth.push({
      job,
      byMedic: this.#accepting,
      snapshots: [],
      restoredFrom: restoreFrom?.path,
      seenEndedAt: undefined,
      lost: false,
    });
    return job;
  }

  override accept(submission: FakeSubmission, program: FakeProgram): FakeJob | string {
    const before = { submissions: this.submissions.length, jobs: this.truth.length };
    this.#accepting = true;
    const result = super.accept(submission, program);
    this.#accepting = false;
    const made = this.truth[before.jobs];
    if (this.submissions.length > before.submissions && made !== undefined) {
      const accepted = { submission, process: this.process, job: made.job };
      this.#sim.accepted(this, accepted);
      this.accepted.push(accepted);
    }
    return result;
  }

  /** A person starts one. */
  start(name: string, restoreFrom?: { readonly id: number; readonly path: string }): FakeJob {
    const job = this.submit({
      name,
      checkpointing: { intervalMs: 10_000, timeoutMs: 60_000 },
      ...(restoreFrom && { restoreFrom }),
      jobId: `${this.name}${this.#sim.tick().toString(16)}`
        .padStart(32, '0')
        .slice(-32)
        .replaceAll(/[^0-9a-f]/g, 'e'),
    });
    return job.run();
  }

  trueJob(job: FakeJob): TrueJob | undefined {
    return this.truth.find((known) => known.job === job);
  }

  isAlive({ job, lost }: TrueJob): boolean {
    return !lost && job.endTime === undefined;
  }

  alive(): TrueJob[] {
    return this.truth.filter((known) => this.isAlive(known));
  }

  snapshot(known: TrueJob, savepoint = false): void {
    const { job, snapshots } = known;
    const id = Math.max(0, job.checkpoints?.latestRestored?.id ?? 0, ...snapshots.map((other) => other.id)) + 1;
    const path = join(this.#sim.folder, this.name, job.jobId, `${savepoint ? 'savepoint' : 'chk'}-${String(id)}`);
    const made = savepoint ? job.takeSavepoint({ path }) : job.completeCheckpoint({ path });
    if (made === undefined) return;
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, '_metadata'), '');
    const seconds = this.clock.now() / 1000;
    utimesSync(join(path, '_metadata'), seconds, seconds);
    snapshots.push({ id: made.id, path, savepoint, seen: false });
  }

  /** Something was asked for, and is answered. */
  shown(path: string): void {
    if (this.mode !== 'ready') return;
    for (const known of this.truth) {
      const { job, snapshots } = known;
      if (this.job(job.jobId) !== job) continue;
      // Before the next observation only a look for another decision may have seen it, which remembers nothing.
      const isObserved = job.endTime !== undefined && this.clock.now() - job.endTime > OBSERVED_MS;
      if (path === '/jobs/overview' && isObserved) known.seenEndedAt ??= this.clock.now();
      if (path === `/jobs/${job.jobId}/checkpoints`) for (const snapshot of snapshots) snapshot.seen = true;
    }
  }

  deleteSnapshots({ job, snapshots }: TrueJob): void {
    rmSync(join(this.#sim.folder, this.name, job.jobId), { recursive: true, force: true });
    for (const { path } of snapshots) this.gone.add(path);
  }

  /** The process dies, and another one takes its address: under HA with the jobs, else with nothing. */
  kill(): void {
    this.process.alive = false;
    this.process = new FakeProcess();
    if (this.highlyAvailable) return this.failOver();
    for (const known of this.truth) known.lost ||= known.job.endTime === undefined;
    this.restart();
  }

  async exchange(request: WireRequest): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.path, 'http://flink');
    const { pattern, id } = match(pathname, request.method);
    if (this.mode === 'down') throw new MedicError('connection', 'connection refused');
    const fault = this.#take(pattern);
    if (fault?.before === true) return failed(fault.kind);
    const reply = this.#reply(request, pattern, id, searchParams);
    const late = pattern.endsWith('/run') ? [this.#sim.after(request.timeoutMs).then(() => failed('timeout'))] : [];
    const answer = await Promise.race([reply, ...late]);
    if (fault !== undefined) return failed(fault.kind);
    return 'json' in answer ? answer : { status: answer.status, json: JSON.parse(encode(answer.body)) as unknown };
  }

  async #reply(request: WireRequest, pattern: string, id: string, query: URLSearchParams): Promise<Reply> {
    if (this.mode === 'electing') return failure(503, 'Service temporarily unavailable');
    const { process } = this;
    if (pattern === '/jars/upload') {
      const jar = process.addJar(request.fileName ?? '', request.body, this.clock.now());
      return ok({ filename: process.pathOf(jar.id), status: 'success' });
    }
    const jarRoute = JAR_ROUTES.get(`${request.method} ${pattern}`);
    if (jarRoute !== undefined) {
      return jarRoute({ cluster: this, process, jarId: id, body: request.body, contentType: 'application/json' });
    }
    return ROUTES.get(pattern)?.(this, id, query, process) ?? failure(404, 'no such route');
  }

  #take(route: string): PlannedFault | undefined {
    const fault = this.faults.find((planned) => planned.left > 0 && planned.route === route);
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }

  #befall(job: FakeJob, fate: Fate): void {
    if (fate === 'initialise') return;
    job.run();
    if (fate === 'fail') job.fail();
    if (fate === 'flap') job.restart();
    if (fate === 'cancel') job.cancel();
    if (fate === 'finish') job.finish();
  }
}

function failed(kind: WireFault): Answer {
  if (kind === 'reset') throw new MedicError('connection', 'the connection was reset');
  if (kind === 'timeout') throw new MedicError('timeout', 'no complete answer');
  return { status: kind, json: { errors: ['injected'] } };
}

function match(path: string, method: string): { readonly pattern: string; readonly id: string } {
  const isRoute = (pattern: string): boolean => ROUTES.has(pattern) || JAR_ROUTES.has(`${method} ${pattern}`);
  if (isRoute(path)) return { pattern: path, id: '' };
  const [, first, id = '', ...rest] = path.split('/');
  const pattern = ['', first, first === 'jars' ? ':jarid' : ':jobid', ...rest].join('/');
  return isRoute(pattern) ? { pattern, id: decodeURIComponent(id) } : { pattern: path, id: '' };
}
