/**
 * The routes of one JobManager address that flink-medic uses. Keeps only the connections of its REST client. Used by the
 * observer of a cluster, by `/probe` and by the restart bridge, each with a client of its own for an address.
 *
 * What every method throws is described at `RestClient.get`.
 */

import type {
  CheckpointConfig,
  CheckpointStatistics,
  ClusterOverview,
  ExceptionHistory,
  JobDetails,
} from '../core/facts.ts';
import { type Answer, documentOf } from './answer.ts';
import { parseCheckpointConfig } from './documents/checkpoint-config.ts';
import { parseCheckpointStatistics } from './documents/checkpoint-statistics.ts';
import { isCheckpointingDisabled } from './documents/checkpointing-disabled.ts';
import { parseClusterOverview } from './documents/cluster-overview.ts';
import { type DashboardConfig, parseDashboardConfig } from './documents/dashboard-config.ts';
import { parseExceptionHistory } from './documents/exception-history.ts';
import { type JarRun, type JarRunAnswer, parseNotStarted, parseStarted } from './documents/jar-run.ts';
import { type Jar, parseJars, parseUploadedJar } from './documents/jars.ts';
import { parseJobDetails } from './documents/job-details.ts';
import { parseJobManagerConfig } from './documents/job-manager-config.ts';
import { type JobMetrics, parseJobMetrics } from './documents/job-metrics.ts';
import { type JobsOverview, parseJobsOverview } from './documents/jobs-overview.ts';
import type { SentFile } from './multipart.ts';
import { type OrderOptions, RestClient, type RestClientOptions } from './rest-client.ts';

export class JobManagerClient {
  protected readonly rest: RestClient;

  /** @throws {TypeError} when `baseUrl` is not a URL */
  constructor(options: RestClientOptions) {
    this.rest = new RestClient(options);
  }

  /** `GET /overview` */
  overview(signal?: AbortSignal): Promise<ClusterOverview> {
    return this.rest.get('/overview', document(parseClusterOverview), signal);
  }

  /** `GET /config` */
  dashboardConfig(signal?: AbortSignal): Promise<DashboardConfig> {
    return this.rest.get('/config', document(parseDashboardConfig), signal);
  }

  /** `GET /jobmanager/config` */
  jobManagerConfig(signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return this.rest.get('/jobmanager/config', document(parseJobManagerConfig), signal);
  }

  /** `GET /jobs/overview`: a job whose JobMaster did not answer the Dispatcher in time is missing although it runs. */
  jobsOverview(signal?: AbortSignal): Promise<JobsOverview> {
    return this.rest.get('/jobs/overview', document(parseJobsOverview), signal);
  }

  /** `GET /jobs/:jobid`; an unknown job throws `http_4xx` with status 404. */
  job(jobId: string, signal?: AbortSignal): Promise<JobDetails> {
    return this.rest.get(jobPath(jobId), document(parseJobDetails), signal);
  }

  /**
   * `GET /jobs/:jobid/checkpoints`; 1.18.0 throws `http_4xx` with status 404 for every ended job (FLINK-33872).
   *
   * @returns undefined when the job takes no checkpoints
   */
  checkpoints(jobId: string, signal?: AbortSignal): Promise<CheckpointStatistics | undefined> {
    return this.rest.get(jobPath(jobId, '/checkpoints'), checkpointDocument(parseCheckpointStatistics), signal);
  }

  /**
   * `GET /jobs/:jobid/checkpoints/config`
   *
   * @returns undefined when the job takes no checkpoints
   */
  checkpointConfig(jobId: string, signal?: AbortSignal): Promise<CheckpointConfig | undefined> {
    return this.rest.get(jobPath(jobId, '/checkpoints/config'), checkpointDocument(parseCheckpointConfig), signal);
  }

  /** `GET /jobs/:jobid/exceptions` */
  exceptions(jobId: string, signal?: AbortSignal): Promise<ExceptionHistory> {
    return this.rest.get(jobPath(jobId, '/exceptions'), document(parseExceptionHistory), signal);
  }

  /** `GET /jobs/:jobid/metrics`: the values of ten seconds before, and none on the first request after idle. */
  metrics(jobId: string, signal?: AbortSignal): Promise<JobMetrics> {
    return this.rest.get(jobPath(jobId, '/metrics?get=numRestarts,numRescales'), document(parseJobMetrics), signal);
  }

  /**
   * `GET /jars`. Flink opens every jar for it: not to be polled. A cluster in application mode, or with `web.submit.enable`
   * off, throws `http_4xx` with status 404.
   */
  jars(signal?: AbortSignal): Promise<readonly Jar[]> {
    return this.rest.get('/jars', document(parseJars), signal);
  }

  /**
   * `POST /jars/upload`: the jar is there only when all of it has arrived.
   *
   * @param jar its name must end in `.jar`
   * @returns the id that it got
   */
  uploadJar(jar: SentFile, options: OrderOptions): Promise<string> {
    return this.rest.postFile('/jars/upload', jar, document(parseUploadedJar), options);
  }

  /**
   * `POST /jars/:jarid/run`, sent once. main() runs inside the call, and the job gets over INITIALIZING: it can take
   * minutes. Most failures, a job id that is taken among them, are `http_4xx`; Flink may have accepted the job before.
   */
  runJar(jarId: string, run: JarRun, options: OrderOptions): Promise<JarRunAnswer> {
    return this.rest.post(`/jars/${encodeURIComponent(jarId)}/run`, run, startDocument, options);
  }

  /** Ends requests that are under way; idempotent. */
  close(): Promise<void> {
    return this.rest.close();
  }
}

function jobPath(jobId: string, below = ''): string {
  return `/jobs/${encodeURIComponent(jobId)}${below}`;
}

function document<T>(parse: (value: unknown) => T): (answer: Answer) => T {
  return (answer) => parse(documentOf(answer));
}

/** "No checkpoints" is a 404 as "no such job" is; only its text tells them apart. */
function checkpointDocument<T>(parse: (value: unknown) => T): (answer: Answer) => T | undefined {
  return (answer) => {
    const disabled = answer.status === 404 && isCheckpointingDisabled(answer.json);
    return disabled ? undefined : parse(documentOf(answer));
  };
}

function startDocument(answer: Answer): JarRunAnswer {
  const notStarted = answer.status >= 400 ? parseNotStarted(answer.json) : undefined;
  return notStarted ?? parseStarted(documentOf(answer));
}
