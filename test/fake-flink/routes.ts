/**
 * The routes of the fake JobManager: a pattern as Flink documents it and what it answers from the cluster's model.
 * Used by the server and, for the documents of one job, by the archive writer.
 */

import type { FakeCluster } from './fake-cluster.ts';
import type { FakeJob } from './fake-job.ts';
import { renderCheckpointConfig, renderCheckpoints } from './render-checkpoints.ts';
import { atLeast } from './flink-version.ts';
import { renderExceptions } from './render-exceptions.ts';
import { renderDetails, renderListedJob } from './render-jobs.ts';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export type Route = (cluster: FakeCluster, jobId: string, query: URLSearchParams) => Reply;

export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/overview', (cluster) => ok(renderOverview(cluster))],
  ['/config', (cluster) => ok(renderDashboardConfig(cluster))],
  ['/jobmanager/config', (cluster) => ok([...cluster.options].map(([key, value]) => ({ key, value })))],
  ['/jobs/overview', (cluster) => ok({ jobs: listedJobs(cluster) })],
  ['/jobs/:jobid', ofJob((cluster, job) => ok(renderDetails(job, cluster.version, cluster.clock.now())))],
  ['/jobs/:jobid/checkpoints', ofJob(liveCheckpoints)],
  ['/jobs/:jobid/checkpoints/config', ofJob(checkpointConfig)],
  ['/jobs/:jobid/exceptions', ofJob((cluster, job) => ok(renderExceptions(job, cluster.version)))],
  ['/jobs/:jobid/metrics', ofJob((cluster, job, query) => ok(renderMetrics(cluster, job, query)))],
]);

export function failure(status: number, ...errors: readonly string[]): Reply {
  return { status, body: { errors } };
}

/** Also archived, error body and all. */
export function checkpoints(cluster: Pick<FakeCluster, 'version'>, job: FakeJob): Reply {
  return job.checkpoints === undefined ? disabled(cluster, job) : ok(renderCheckpoints(job.checkpoints));
}

/** Also archived, error body and all. */
export function checkpointConfig(cluster: Pick<FakeCluster, 'version'>, job: FakeJob): Reply {
  return job.checkpoints === undefined ? disabled(cluster, job) : ok(renderCheckpointConfig(job.checkpoints));
}

function disabled({ version }: Pick<FakeCluster, 'version'>, job: FakeJob): Reply {
  const since23 = `Checkpointing is not enabled for this job (${job.jobId}).`;
  return failure(404, atLeast(version, '2.3') ? since23 : 'Checkpointing has not been enabled.');
}

/** 1.18 has forgotten the checkpoints of ended jobs (FLINK-33872). */
function liveCheckpoints(cluster: FakeCluster, job: FakeJob): Reply {
  const forgotten = cluster.version === '1.18' && job.endTime !== undefined;
  return forgotten ? unknownJob(job.jobId) : checkpoints(cluster, job);
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function unknownJob(jobId: string): Reply {
  return failure(
    404,
    `org.apache.flink.runtime.rest.NotFoundException: Job ${jobId} not found\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n`,
  );
}

function ofJob(render: (cluster: FakeCluster, job: FakeJob, query: URLSearchParams) => Reply): Route {
  return (cluster, jobId, query) => {
    const job = cluster.job(jobId);
    if (job === undefined) return unknownJob(jobId);
    return job.answers
      ? render(cluster, job, query)
      : failure(500, 'Internal server error.', '<Exception on server side>');
  };
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

function renderMetrics(cluster: FakeCluster, job: FakeJob, query: URLSearchParams): object[] {
  const values = cluster.metrics.ask(job.jobId);
  const known = {
    ...(values === undefined ? {} : { numRestarts: values.numRestarts }),
    ...(values === undefined || !atLeast(cluster.version, '2.0') ? {} : { numRescales: values.numRescales }),
  };
  const wanted = query.get('get')?.split(',');
  return Object.entries(known)
    .filter(([id]) => wanted === undefined || wanted.includes(id))
    .map(([id, value]) => ({ id, value: String(value) }));
}
