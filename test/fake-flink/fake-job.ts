/**
 * One job of a fake cluster: what happens to it is ordered by method calls, at the time of the cluster's clock. Keeps its
 * facts in Flink's terms; how they look on the wire is the business of `render-*.ts`.
 */

import type { EndedStatus, ExecutionState, FlinkState } from '../../src/core/states.ts';
import {
  FakeCheckpoints,
  type FakeCheckpointing,
  type FakeSnapshot,
  type SnapshotOptions,
} from './fake-checkpoints.ts';
import {
  type FakeExceptionEntry,
  type FakeFailure,
  initialisationFailure,
  recoverySuppressed,
  taskFailure,
} from './fake-failure.ts';

/** `web.exception-history-size` */
const HISTORY_SIZE = 16;

export interface FakeVertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
}

export interface FakeJobOptions {
  readonly name: string;
  /** 32 hexadecimal digits; a new one when left out. */
  readonly jobId?: string;
  readonly jobType?: 'STREAMING' | 'BATCH';
  /** One of parallelism 1 when left out. */
  readonly vertices?: readonly Omit<FakeVertex, 'id'>[];
  /** `off` is a job without checkpoints. */
  readonly checkpointing?: FakeCheckpointing | 'off';
  readonly restoreFrom?: { readonly id: number; readonly path: string };
}

export class FakeJob {
  readonly jobId: string;
  readonly name: string;
  readonly jobType: 'STREAMING' | 'BATCH';
  readonly checkpoints: FakeCheckpoints | undefined;
  readonly exceptions: FakeExceptionEntry[] = [];
  readonly timestamps = new Map<FlinkState, number>();
  vertices: readonly FakeVertex[];
  state: FlinkState = 'INITIALIZING';
  tasks: ExecutionState = 'CREATED';
  lastModification: number;
  endTime: number | undefined;
  restarts = 0;
  rescales = 0;
  /** False: `/jobs/overview` leaves it out, as the Dispatcher does when the JobMaster does not answer in time. */
  listed = true;
  /** False: everything that is asked about it by id answers 500. */
  answers = true;
  /** False after a failed initialisation: 2.3 archives such a job in the flat layout. */
  hasApplication = true;
  readonly #now: () => number;
  readonly #ended: (job: FakeJob) => void;

  /**
   * @param now the cluster's clock
   * @param ended called once, when the job has reached FINISHED, FAILED or CANCELED
   */
  constructor(jobId: string, options: FakeJobOptions, now: () => number, ended: (job: FakeJob) => void) {
    const { name, jobType = 'STREAMING', vertices = [{ name: `Source: ${name}`, parallelism: 1 }] } = options;
    this.#now = now;
    this.#ended = ended;
    this.jobId = jobId;
    this.name = name;
    this.jobType = jobType;
    this.vertices = vertices.map((vertex, index) => ({ ...vertex, id: `${index + 1}`.padStart(32, 'c') }));
    const { checkpointing = {} } = options;
    this.checkpoints = checkpointing === 'off' ? undefined : new FakeCheckpoints(jobId, checkpointing);
    this.lastModification = now();
    this.#enter('INITIALIZING', 'CREATED');
    if (options.restoreFrom) this.checkpoints?.restoreFrom(options.restoreFrom.id, options.restoreFrom.path, now());
  }

  get startTime(): number {
    return this.timestamps.get('INITIALIZING') ?? 0;
  }

  /** INITIALIZING → CREATED → RUNNING */
  run(): this {
    this.#enter('CREATED', 'SCHEDULED');
    this.#enter('RUNNING', 'RUNNING');
    return this;
  }

  /** A task fails and the job restarts; it stays RESTARTING, with its tasks canceling, until `restarted`. */
  restart(failure: FakeFailure = {}): this {
    this.#note(this.#failureOfTask(failure));
    this.#enter('RESTARTING', 'CANCELING');
    return this;
  }

  restarted(): this {
    this.restarts += 1;
    this.checkpoints?.restore(this.#now());
    this.#enter('RUNNING', 'RUNNING');
    return this;
  }

  /** Adaptive scheduler: counted as a restart too. */
  rescale(): this {
    this.rescales += 1;
    return this.restarted();
  }

  /** Fails for good, as a job does whose restart strategy gives up. */
  fail(failure: FakeFailure = {}): this {
    this.#enter('FAILING', 'CANCELING');
    this.#note(recoverySuppressed(this.#failureOfTask(failure), this.restarts));
    return this.#end('FAILED');
  }

  /** A submission that never became a running job. */
  failInitialisation(path = 'file:/opt/flink/savepoints/gone'): this {
    this.vertices = [];
    this.hasApplication = false;
    this.#note(initialisationFailure(path, this.#now()));
    return this.#end('FAILED');
  }

  finish(): this {
    return this.#end('FINISHED');
  }

  cancelling(): this {
    this.#enter('CANCELLING', 'CANCELING');
    return this;
  }

  cancel(): this {
    return this.cancelling().#end('CANCELED');
  }

  /** Its JobManager lost the leadership. */
  suspend(): this {
    this.#enter('SUSPENDED', 'CANCELED');
    return this;
  }

  completeCheckpoint(options: SnapshotOptions = {}): FakeSnapshot | undefined {
    return this.checkpoints?.complete(false, this.#now(), options);
  }

  takeSavepoint(options: SnapshotOptions = {}): FakeSnapshot | undefined {
    return this.checkpoints?.complete(true, this.#now(), options);
  }

  failCheckpoint(): void {
    this.checkpoints?.fail(this.#now());
  }

  /** Another JobManager takes the job over: same id, all else from the start but the state. */
  takeOver(): this {
    this.timestamps.clear();
    this.exceptions.length = 0;
    this.restarts = 0;
    this.rescales = 0;
    this.checkpoints?.takeOver(this.#now());
    this.#enter('INITIALIZING', 'CREATED');
    return this.run();
  }

  #end(state: EndedStatus): this {
    this.#enter(state, state);
    this.endTime = this.#now();
    this.checkpoints?.end(state);
    this.#ended(this);
    return this;
  }

  #enter(state: FlinkState, tasks: ExecutionState): void {
    this.state = state;
    this.tasks = tasks;
    this.timestamps.set(state, this.#now());
    this.lastModification = this.#now();
  }

  #failureOfTask(failure: FakeFailure): FakeExceptionEntry {
    return taskFailure(failure, this.vertices[0]?.name ?? 'Source', this.restarts, this.#now());
  }

  #note(entry: FakeExceptionEntry): void {
    this.exceptions.unshift(entry);
    this.exceptions.splice(HISTORY_SIZE);
  }
}
