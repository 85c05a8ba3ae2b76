/**
 * The few orders and questions to a JobManager that tests and the demo need; deliberately not the client of `src/flink`,
 * which is what they test. Plain `fetch`; every request is limited to 30 s. Made by `Cluster.rest`.
 */

import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { until, type UntilOptions } from './until.ts';

export interface Submission {
  /** Path of the jar here. */
  readonly jar: string;
  readonly entryClass?: string;
  readonly args?: readonly string[];
  /** 32 hexadecimal digits; Flink picks one when left out. */
  readonly jobId?: string;
  readonly savepointPath?: string;
  readonly parallelism?: number;
  /** Flink options of this job only. */
  readonly config?: Readonly<Record<string, string>>;
}

const UPLOADED = z.object({ filename: z.string() });
const SUBMITTED = z.object({ jobid: z.string() });
const TRIGGERED = z.object({ 'request-id': z.string() });
const SAVEPOINT = z.object({
  status: z.object({ id: z.string() }),
  operation: z.looseObject({ location: z.string().optional() }).nullish(),
});
const JOBS = z.object({ jobs: z.array(z.object({ jid: z.string(), state: z.string() })) });
const CHECKPOINTS = z.object({
  latest: z.object({ completed: z.object({ external_path: z.string() }).nullable() }),
});

/** An answer that is not 2xx; `body` holds Flink's stack trace. */
export class RestError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(request: string, status: number, body: string) {
    super(`${request}: ${status} ${body.slice(0, 2000)}`);
    this.status = status;
    this.body = body;
  }
}

export class FlinkRest {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** The body as Flink sent it. Throws RestError, or what `fetch` throws when nobody answers. */
  async text(path: string, init: RequestInit = {}): Promise<string> {
    const response = await fetch(this.url + path, { ...init, signal: AbortSignal.timeout(30_000) });
    const body = await response.text();
    if (!response.ok) throw new RestError(`${init.method ?? 'GET'} ${path}`, response.status, body);
    return body;
  }

  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.text(path));
  }

  /** What the schema takes from the answer; undefined when there is none or not a 2xx one. */
  async tryGet<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.get(path).catch(() => undefined);
    return answer === undefined ? undefined : schema.parse(answer);
  }

  /** Uploads the jar and runs it: POST /jars/upload, POST /jars/:jarid/run. @returns the job id */
  async submit({ jar, args, ...request }: Submission): Promise<string> {
    const form = new FormData();
    form.append('jarfile', await openAsBlob(jar, { type: 'application/java-archive' }), basename(jar));
    const uploaded = UPLOADED.parse(JSON.parse(await this.text('/jars/upload', { method: 'POST', body: form })));
    const { config, ...fields } = request;
    const answer = await this.#post(`/jars/${basename(uploaded.filename)}/run`, {
      ...fields,
      ...(args && { programArgsList: args }),
      ...(config && { flinkConfiguration: config }),
    });
    return SUBMITTED.parse(answer).jobid;
  }

  /** Asks for the end; the job is CANCELED only later. PATCH /jobs/:jobid */
  async cancel(jobId: string): Promise<void> {
    await this.text(`/jobs/${jobId}?mode=cancel`, { method: 'PATCH' });
  }

  /** Ends the job as FINISHED with a savepoint. POST /jobs/:jobid/stop @returns the savepoint's path */
  async stopWithSavepoint(jobId: string, targetDirectory: string): Promise<string> {
    const answer = await this.#post(`/jobs/${jobId}/stop`, { targetDirectory, drain: false });
    const trigger = TRIGGERED.parse(answer)['request-id'];
    const { operation } = await until(`savepoint of ${jobId}`, async () => {
      const progress = SAVEPOINT.parse(await this.get(`/jobs/${jobId}/savepoints/${trigger}`));
      return progress.status.id === 'COMPLETED' && progress;
    });
    if (operation?.location === undefined)
      throw new Error(`savepoint of ${jobId} failed: ${JSON.stringify(operation)}`);
    return operation.location;
  }

  /** State in the job list; undefined when it is not listed or nobody answers. */
  async stateOf(jobId: string): Promise<string | undefined> {
    const overview = await this.tryGet('/jobs/overview', JOBS);
    return overview?.jobs.find(({ jid }) => jid === jobId)?.state;
  }

  /** Waits until the job list says so. */
  async untilState(jobId: string, state: string, options?: UntilOptions): Promise<void> {
    await until(`job ${jobId} in state ${state}`, async () => (await this.stateOf(jobId)) === state, options);
  }

  /** Waits until the job has completed a checkpoint. @returns its path */
  async untilCheckpoint(jobId: string, options?: UntilOptions): Promise<string> {
    return until(
      `checkpoint of ${jobId}`,
      async () => {
        const statistics = await this.tryGet(`/jobs/${jobId}/checkpoints`, CHECKPOINTS);
        return statistics?.latest.completed?.external_path;
      },
      options,
    );
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    return JSON.parse(await this.text(path, { method: 'POST', headers, body: JSON.stringify(body) }));
  }
}
