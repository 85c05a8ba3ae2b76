/**
 * A Flink HistoryServer as a source of archives: what it has unpacked, asked for over REST. Keeps nothing but its client
 * and what the last listing was worth, and which of its jobs got no answer; bounded by `CONCURRENCY` jobs at a time, by
 * the client's limits of time and size, and by `PATIENCE` requests without an answer in a row. `src/app/` makes one for
 * each address.
 *
 * It serves the entries of archives as files (`HistoryServerStaticFileServerHandler`), so the parsers are those of a
 * JobManager's answers. Its list is made anew only when a look at its folders has found something, and in place.
 */

import pLimit from 'p-limit';
import { MedicError } from '../core/errors.ts';
import type { CheckpointConfig, CheckpointStatistics, ExceptionHistory, JobDetails } from '../core/facts.ts';
import { conclude, type Outcome } from './archive-outcome.ts';
import type { ArchiveReading } from './archive-reader.ts';
import type { ArchiveFile, ArchiveListing, ArchiveSource, ReadOptions } from './archive-source.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** What a History Server is asked. */
export interface HistoryServerApi {
  dashboardConfig(signal?: AbortSignal): Promise<{ readonly webHistory: boolean }>;
  /** When each job was last modified, by its id. */
  archivedJobs(
    signal?: AbortSignal,
  ): Promise<{ readonly jobs: ReadonlyMap<string, number>; readonly misfit: Error | undefined }>;
  job(jobId: string, signal?: AbortSignal): Promise<JobDetails>;
  checkpoints(jobId: string, signal?: AbortSignal): Promise<CheckpointStatistics | undefined>;
  checkpointConfig(jobId: string, signal?: AbortSignal): Promise<CheckpointConfig | undefined>;
  exceptions(jobId: string, signal?: AbortSignal): Promise<ExceptionHistory>;
  close(): Promise<void>;
}

export interface HistoryServerSourceOptions {
  /** Without a slash at the end. */
  readonly address: string;
  /** @param onBytes is called for the bytes of each answer */
  readonly connect: (onBytes: (bytes: number) => void) => HistoryServerApi;
}

/**
 * Twelve of its default `historyserver.archive.fs.refresh-interval`, which nobody can ask it for: the `refresh-interval` of
 * its /config is that of its pages. A slower one is for `observe.grace`.
 */
const LAG_MS = 2 * 60_000;
/** Three requests a job, and six connections. */
const CONCURRENCY = 2;
/** When so many in a row get no answer, the rest waits for the next scan. */
const PATIENCE = 6;

export class HistoryServerSource implements ArchiveSource {
  readonly place: string;
  readonly emptied = 'was started anew and has not read its folders yet, or was emptied';
  readonly #api: HistoryServerApi;
  /** Of all that is read at a time. */
  readonly #limit = pLimit(CONCURRENCY);
  #lagMs = Number.POSITIVE_INFINITY;
  #bytes = 0;
  #silences = 0;
  /** Jobs that got no answer when they were last asked for: the others come first, or these alone would be tried for ever. */
  readonly #silent = new Set<string>();

  constructor({ address, connect }: HistoryServerSourceOptions) {
    this.place = address;
    this.#api = connect((bytes) => {
      this.#bytes += bytes;
    });
  }

  /** An empty list proves nothing: it stays empty until a first look at all archives is over, which may take hours. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** @throws {MedicError} as the client does, or when this is no History Server */
  async list(signal: AbortSignal): Promise<ArchiveListing> {
    this.#silences = 0;
    const { webHistory } = await this.#api.dashboardConfig(signal);
    // The list of a JobManager would be understood, too, and prove what is not true.
    if (!webHistory) throw new MedicError('schema', `${this.place} is no History Server: /config says so`);
    const { jobs, misfit } = await this.#api.archivedJobs(signal);
    this.#lagMs = jobs.size === 0 ? Number.POSITIVE_INFINITY : LAG_MS;
    for (const jobId of this.#silent) if (!jobs.has(jobId)) this.#silent.delete(jobId);
    const ids = [...jobs.keys()];
    const inTurn = [...ids.filter((jobId) => !this.#silent.has(jobId)), ...this.#silent];
    const files = inTurn.map((jobId) => ({
      path: `${this.place}/jobs/${jobId}`,
      jobId,
      size: 0,
      mtimeMs: jobs.get(jobId) ?? 0,
    }));
    return { files, problems: misfit === undefined ? [] : [misfit.message] };
  }

  read(files: readonly ArchiveFile[], { signal }: ReadOptions): Promise<ArchiveReading[]> {
    return this.#limit.map(files, async ({ jobId }) => {
      const reading =
        this.#silences < PATIENCE ? await this.#job(jobId, signal) : unreadable('io', `${this.place} does not answer`);
      return { ...reading, bytesRead: this.#takeBytes() };
    });
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  async #job(jobId: string, signal: AbortSignal | undefined): Promise<Outcome | Unreadable> {
    const misfits: string[] = [];
    try {
      const details = await this.#api.job(jobId, signal);
      const [checkpoints, checkpointConfig, exceptions] = await Promise.all([
        orMisfit(this.#api.checkpoints(jobId, signal), misfits),
        orMisfit(this.#api.checkpointConfig(jobId, signal), misfits),
        orMisfit(this.#api.exceptions(jobId, signal), misfits),
      ]);
      this.#answered(jobId);
      return conclude(jobId, { details, checkpoints, checkpointConfig, exceptions }, misfits);
    } catch (error) {
      // Anything else is a bug of ours, or the end of the scan.
      if (!(error instanceof MedicError)) throw error;
      if (error.status === undefined && lastingReason(error) === undefined) this.#unanswered(jobId);
      else this.#answered(jobId);
      // A job that is listed and not there (404) is about to be removed, or about to be listed anew.
      return unreadable(lastingReason(error) ?? 'io', error.message);
    }
  }

  #answered(jobId: string): void {
    this.#silences = 0;
    this.#silent.delete(jobId);
  }

  #unanswered(jobId: string): void {
    this.#silences += 1;
    // To the end: who was asked longest ago comes first.
    this.#silent.delete(jobId);
    this.#silent.add(jobId);
  }

  /** Those since the last call: with several jobs at a time it is not known whose they are. */
  #takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }
}

/** A document beside the job itself that is not there or does not fit must not cost us how the run ended. */
async function orMisfit<T>(document: Promise<T>, misfits: string[]): Promise<T | undefined> {
  try {
    return await document;
  } catch (error) {
    if (!(error instanceof MedicError) || (error.status !== 404 && lastingReason(error) === undefined)) throw error;
    if (error.status !== 404) misfits.push(error.message);
    return undefined;
  }
}

/** Of a document that stays as it is; every other failure may pass. What is no JSON is a page, or redirect, of a proxy. */
function lastingReason({ code }: MedicError): 'schema' | 'too_large' | undefined {
  return code === 'schema' || code === 'too_large' ? code : undefined;
}
