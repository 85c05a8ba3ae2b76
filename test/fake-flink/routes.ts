/**
 * The routes of the fake JobManager: a pattern as Flink documents it and what it answers from the cluster's model.
 * Used by the server.
 */

import type { FakeCluster } from './fake-cluster.ts';
import type { FakeJob } from './fake-job.ts';
import { NO_STATISTICS, noConfig, renderCheckpointConfig, renderCheckpoints } from './render-checkpoints.ts';
import { atLeast } from './flink-version.ts';
import type { FakeProcess } from './fake-process.ts';
import { renderExceptions } from './render-exceptions.ts';
import { renderDetails, renderListedJob } from './render-jobs.ts';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export type Route = (cluster: FakeCluster, jobId: string, query: URLSearchParams, process?: FakeProcess) => Reply;

export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/overview', (cluster) => ok(renderOverview(cluster))],
  ['/config', (cluster) => ok(renderDashboardConfig(cluster))],
  ['/jobmanager/config', (cluster, _id, _query, process) => ok(renderOptions(cluster, process))],
  ['/jobs/overview', (cluster) => ok({ jobs: listedJobs(cluster) })],
  ['/jobs/:jobid', ofJob((cluster, job) => ok(renderDetails(job, cluster.version, cluster.clock.now())))],
  ['/jobs/:jobid/checkpoints', ofJob(checkpoints)],
  ['/jobs/:jobid/checkpoints/config', ofJob((_, job) => checkpointConfig(job))],
  ['/jobs/:jobid/exceptions', ofJob((cluster, job) => ok(renderExceptions(job, cluster.version)))],
  ['/jobs/:jobid/metrics', (cluster, jobId, query) => ok(renderMetrics(cluster, jobId, query))],
]);

export function failure(status: number, ...errors: readonly string[]): Reply {
  return { status, body: { errors } };
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** Errors that a handler throws carry its class and a stack trace. */
export function thrown(status: number, exception: string, message: string): Reply {
  return failure(
    status,
    `org.apache.flink.runtime.rest.${exception}: ${message}\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n`,
  );
}

function unknownJob(jobId: string): Reply {
  return thrown(404, 'NotFoundException', `Job ${jobId} not found`);
}

function ofJob(render: (cluster: FakeCluster, job: FakeJob) => Reply): Route {
  return (cluster, jobId) => {
    const job = cluster.job(jobId);
    if (job === undefined) return unknownJob(jobId);
    return job.answers ? render(cluster, job) : failure(500, 'Internal server error.', '<Exception on server side>');
  };
}

function checkpoints({ version }: FakeCluster, job: FakeJob): Reply {
  // FLINK-33872
  if (version === '1.18' && job.endTime !== undefined) return unknownJob(job.jobId);
  return job.checkpoints === undefined
    ? thrown(404, 'handler.RestHandlerException', NO_STATISTICS)
    : ok(renderCheckpoints(job.checkpoints));
}

function checkpointConfig(job: FakeJob): Reply {
  return job.checkpoints === undefined
    ? thrown(404, 'handler.RestHandlerException', noConfig(job.jobId))
    : ok(renderCheckpointConfig(job.checkpoints));
}

function listedJobs(cluster: FakeCluster): object[] {
  const now = cluster.clock.now();
  return cluster.jobs.filter((job) => job.listed).map((job) => renderListedJob(job, cluster.version, now));
}

function renderOverview(cluster: FakeCluster): object {
  const count = (fits: (job: FakeJob) => boolean) => cluster.jobs.filter(fits).length;
  const running = count((job) => job.endTime === undefined);
  return {
    taskmanagers: cluster.taskmanagers,
    'slots-total': cluster.slots,
    'slots-available': Math.max(0, cluster.slots - running),
    'jobs-running': running,
    'jobs-finished': count((job) => job.state === 'FINISHED'),
    'jobs-cancelled': count((job) => job.state === 'CANCELED'),
    'jobs-failed': count((job) => job.state === 'FAILED'),
    'flink-version': `${cluster.version}.0`,
    'flink-commit': '1234567',
  };
}

function renderOptions({ options }: FakeCluster, process: FakeProcess | undefined): object[] {
  const all = [...options, ...(process === undefined ? [] : [['web.tmpdir', process.tmpdir]])];
  return all.map(([key, value]) => ({ key, value }));
}

function renderDashboardConfig(cluster: FakeCluster): object {
  return {
    'refresh-interval': 3000,
    'timezone-name': 'Coordinated Universal Time',
    'timezone-offset': 0,
    'flink-version': `${cluster.version}.0`,
    'flink-revision': '1234567 @ 2026-01-01T00:00:00Z',
    features: { 'web-submit': cluster.webSubmit, 'web-cancel': true, 'web-rescale': true, 'web-history': false },
  };
}

/** From the JobManager's own store: no error for a job that does not answer or is not there. */
function renderMetrics(cluster: FakeCluster, jobId: string, query: URLSearchParams): object[] {
  const values = cluster.metrics.ask(jobId);
  const known = {
    ...(values === undefined ? {} : { numRestarts: values.numRestarts }),
    ...(values === undefined || !atLeast(cluster.version, '2.0') ? {} : { numRescales: values.numRescales }),
  };
  const wanted = query.get('get')?.split(',');
  return Object.entries(known)
    .filter(([id]) => wanted === undefined || wanted.includes(id))
    .map(([id, value]) => ({ id, value: String(value) }));
}
