/**
 * A small model of a Flink cluster: jobs, TaskManagers, options, and the metric store with its stale answers. Keeps every
 * job until it is forgotten. One or more FakeJobManagers show it over HTTP.
 */

import { isHighlyAvailable } from '../../src/flink/cluster-facts.ts';
import { type FakeJobOptions, FakeJob } from './fake-job.ts';
import { ManualClock } from './clock.ts';
import { atLeast, type FlinkVersion } from './flink-version.ts';
import { FakeMetricStore } from './fake-metric-store.ts';
import { type FakeProgram, type FakeSubmission, programOf, restoreOf } from './fake-submission.ts';
import { writeArchive } from './archive-writer.ts';

export interface FakeClusterOptions {
  readonly version?: FlinkVersion;
  readonly clock?: ManualClock;
  /** Where ended jobs are archived; nothing is archived when left out. */
  readonly archiveFolder?: string;
  readonly clusterId?: string;
  /** More of what `/jobmanager/config` says. */
  readonly options?: Readonly<Record<string, string>>;
  /** False in application mode. */
  readonly webSubmit?: boolean;
}

export class FakeCluster {
  readonly version: FlinkVersion;
  readonly clock: ManualClock;
  readonly clusterId: string;
  readonly webSubmit: boolean;
  readonly options: ReadonlyMap<string, string>;
  readonly metrics: FakeMetricStore;
  readonly #archiveFolder: string | undefined;
  readonly #jobs = new Map<string, FakeJob>();
  /** Ids that the JobResultStore of the process knows, or that it runs. */
  readonly #taken = new Set<string>();
  #submitted = 0;
  taskmanagers = 1;
  slots = 4;
  /** False: jobs end without an archive, as with a full disk. */
  archiving = true;
  /** What was started from a jar and accepted, oldest first: more than one of a job is what must not happen. */
  readonly submissions: FakeSubmission[] = [];
  /** Snapshots that are not there any more. */
  readonly gone = new Set<string>();
  /** The user's program: what it throws is its failure, and it takes as long as it takes. */
  main: (submission: FakeSubmission) => FakeProgram | Promise<FakeProgram> = programOf;
  /** What becomes of a job right after its submission. */
  onSubmit: (job: FakeJob, submission: FakeSubmission) => unknown = (job) => job.run();

  constructor(options: FakeClusterOptions = {}) {
    this.version = options.version ?? '2.3';
    this.clock = options.clock ?? new ManualClock();
    this.clusterId = options.clusterId ?? '0'.repeat(32);
    this.webSubmit = options.webSubmit ?? true;
    this.#archiveFolder = options.archiveFolder;
    this.options = new Map(
      Object.entries({
        ...(this.#archiveFolder === undefined ? {} : { 'jobmanager.archive.fs.dir': `file://${this.#archiveFolder}` }),
        'cluster.id': this.clusterId,
        ...options.options,
      }),
    );
    this.metrics = new FakeMetricStore(this.clock.now, () => this.jobs);
  }

  /** All jobs that this JobManager knows, in the order of their submission. */
  get jobs(): readonly FakeJob[] {
    return [...this.#jobs.values()];
  }

  job(jobId: string): FakeJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** A new job in INITIALIZING; `run()` it. An id may be used again, as under HA. */
  submit(options: FakeJobOptions): FakeJob {
    this.#submitted += 1;
    const jobId = options.jobId ?? this.#submitted.toString().padStart(32, 'a');
    const job = new FakeJob(jobId, options, this.clock.now, (ended) => this.#archive(ended));
    this.#jobs.set(jobId, job);
    this.#taken.add(jobId);
    return job;
  }

  /**
   * `Dispatcher#submitJob` of what main() made.
   *
   * @returns what is thrown where there is no job, or none that runs
   */
  accept(submission: FakeSubmission, program: FakeProgram): FakeJob | string {
    const { jobId, savepointPath } = submission;
    if (jobId !== undefined && this.#isTaken(jobId)) {
      const what = atLeast(this.version, '2.3') ? 'Application' : 'Job';
      return `org.apache.flink.runtime.client.Duplicate${what}SubmissionException: ${what} has already been submitted.`;
    }
    const restoreFrom = restoreOf(submission);
    const job = this.submit({ ...program, ...(jobId && { jobId }), ...(restoreFrom && { restoreFrom }) });
    this.submissions.push(submission);
    if (savepointPath !== undefined && this.gone.has(savepointPath)) {
      job.failInitialisation(savepointPath);
      return `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${savepointPath}' on file system 'file'.`;
    }
    this.onSubmit(job, submission);
    return job;
  }

  /** The job store expired, or the JobManager lost it: 404 from now on. */
  forget(job: FakeJob): void {
    this.#jobs.delete(job.jobId);
  }

  /** A JobManager without HA is started again: it knows nothing. */
  restart(): void {
    this.#jobs.clear();
    this.#taken.clear();
    this.metrics.clear();
  }

  /**
   * HA: the next leader takes over what had not ended and has never seen the rest. Its metrics stay: as a standby it may
   * have been asked for them.
   */
  failOver(): void {
    for (const job of this.jobs) {
      if (job.endTime === undefined) job.takeOver();
      else {
        this.forget(job);
        this.#taken.delete(job.jobId);
      }
    }
  }

  /** Under HA an id may be used again once its job has ended; from 2.3 on its application keeps it (measured on 1.20). */
  #isTaken(jobId: string): boolean {
    const job = this.#jobs.get(jobId);
    const isFreed = isHighlyAvailable(this.options) && !atLeast(this.version, '2.3');
    return isFreed ? job !== undefined && job.endTime === undefined : this.#taken.has(jobId);
  }

  #archive(job: FakeJob): void {
    if (this.archiving && this.#archiveFolder !== undefined) {
      writeArchive(this.#archiveFolder, this, job);
    }
  }
}
