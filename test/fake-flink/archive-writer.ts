/**
 * Archives of ended jobs, in the folder layout, file format and entry order of Flink (`FsJsonArchivist`,
 * `WebMonitorEndpoint#archiveJsonWithPath`). Like Flink it never overwrites an archive, but a file that was cut off can be
 * completed.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FakeCluster } from './fake-cluster.ts';
import type { FakeSnapshot } from './fake-checkpoints.ts';
import type { FakeJob, FakeVertex } from './fake-job.ts';
import { encode } from './faulty-response.ts';
import { atLeast } from './flink-version.ts';
import {
  NO_STATISTICS,
  noConfig,
  renderCheckpointConfig,
  renderCheckpoints,
  renderSnapshot,
} from './render-checkpoints.ts';
import { renderExceptions } from './render-exceptions.ts';
import { renderDetails, renderListedJob, renderPlan } from './render-jobs.ts';

type Entry = readonly [path: string, document: unknown];

export interface WriteArchiveOptions {
  /** Write only so many bytes, as a JobManager does that dies meanwhile. */
  readonly cutAt?: number;
}

/** @returns the path of the job's archive */
export function writeArchive(
  folder: string,
  cluster: FakeCluster,
  job: FakeJob,
  options: WriteArchiveOptions = {},
): string {
  // From 2.3 on jobs lie below their application, unless their submission failed.
  if (!atLeast(cluster.version, '2.3') || !job.hasApplication) {
    return write(join(folder, job.jobId), entriesOfJob(cluster, job), options.cutAt);
  }
  const application = join(folder, cluster.clusterId, 'applications', job.jobId);
  const path = write(join(application, 'jobs', job.jobId), entriesOfJob(cluster, job), options.cutAt);
  if (options.cutAt === undefined) {
    write(join(application, 'application-summary'), entriesOfApplication(cluster, job), undefined);
  }
  return path;
}

function write(path: string, entries: readonly Entry[], cutAt: number | undefined): string {
  const bytes = Buffer.from(archiveText(entries)).subarray(0, cutAt);
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path) || bytes.indexOf(readFileSync(path)) === 0) {
    writeFileSync(path, bytes);
  }
  return path;
}

function archiveText(entries: readonly Entry[]): string {
  return JSON.stringify({ archive: entries.map(([path, document]) => ({ path, json: encode(document) })) });
}

function entriesOfJob(cluster: FakeCluster, job: FakeJob): Entry[] {
  const { version } = cluster;
  const now = cluster.clock.now();
  const at = `/jobs/${job.jobId}`;
  const { latestCompleted, latestSavepoint } = job.checkpoints ?? {};
  const snapshots = [latestCompleted, latestSavepoint].filter((snapshot) => snapshot !== undefined);
  return [
    [
      `${at}/jobmanager/environment`,
      { jvm: { version: 'OpenJDK 64-Bit Server VM', arch: 'amd64', options: [] }, classpath: [] },
    ],
    ['/jobs/overview', { jobs: [renderListedJob(job, version, now)] }],
    [
      `${at}/config`,
      { jid: job.jobId, name: job.name, 'execution-config': { 'job-parallelism': 1, 'user-config': {} } },
    ],
    [
      `${at}/checkpoints/config`,
      job.checkpoints ? renderCheckpointConfig(job.checkpoints) : { errors: [noConfig(job.jobId)] },
    ],
    [`${at}/checkpoints`, job.checkpoints ? renderCheckpoints(job.checkpoints) : { errors: [NO_STATISTICS] }],
    ...snapshots.map((snapshot): Entry => [`${at}/checkpoints/details/${snapshot.id}`, renderSnapshot(snapshot)]),
    [`${at}/plan`, { plan: renderPlan(job, version) }],
    ...snapshots.flatMap((snapshot) => subtasksOf(`${at}/checkpoints/details/${snapshot.id}`, snapshot, job)),
    [`${at}/exceptions`, renderExceptions(job, version)],
    [at, renderDetails(job, version, now)],
    [
      `${at}/accumulators`,
      { 'job-accumulators': [], 'user-task-accumulators': [], 'serialized-user-task-accumulators': {} },
    ],
    ...job.vertices.map((vertex): Entry => [`${at}/vertices/${vertex.id}/subtasktimes`, subtaskTimes(vertex, now)]),
    ...job.vertices.flatMap((vertex) => attempts(at, vertex, job)),
    ...job.vertices.map(
      (vertex): Entry => [`${at}/vertices/${vertex.id}/taskmanagers`, { ...named(vertex, now), taskmanagers: [] }],
    ),
    [`${at}/jobmanager/config`, optionList(cluster)],
    ...job.vertices.map((vertex): Entry => [`${at}/vertices/${vertex.id}`, { ...named(vertex, now), subtasks: [] }]),
    ...(atLeast(version, '2.3') ? rescales(at) : []),
  ];
}

function subtasksOf(path: string, snapshot: FakeSnapshot, job: FakeJob): Entry[] {
  return job.vertices.map(({ id }) => [
    `${path}/subtasks/${id}`,
    { id: snapshot.id, status: 'COMPLETED', subtasks: [] },
  ]);
}

/** The application that wraps a single job has its id. */
function entriesOfApplication(cluster: FakeCluster, job: FakeJob): Entry[] {
  const application = {
    id: job.jobId,
    name: `SingleJobApplication(${job.name})`,
    'start-time': job.startTime,
    'end-time': job.endTime ?? -1,
    duration: (job.endTime ?? cluster.clock.now()) - job.startTime,
    status: job.state,
  };
  const at = `/applications/${job.jobId}`;
  const jobs = [renderListedJob(job, cluster.version, cluster.clock.now())];
  return [
    ['/applications/overview', { applications: [{ ...application, jobs: { [job.state]: 1 } }] }],
    [at, { ...application, timestamps: {}, jobs }],
    [`${at}/jobmanager/config`, optionList(cluster)],
    [`${at}/exceptions`, { exceptionHistory: { entries: [] } }],
  ];
}

/** Every attempt of every subtask, the last one first. */
function attempts(at: string, vertex: FakeVertex, job: FakeJob): Entry[] {
  const numbers = [job.restarts, ...Array.from({ length: job.restarts }, (_, attempt) => attempt)];
  return Array.from({ length: vertex.parallelism }, (_, subtask) => subtask).flatMap((subtask) =>
    numbers.flatMap((attempt): Entry[] => {
      const path = `${at}/vertices/${vertex.id}/subtasks/${subtask}/attempts/${attempt}`;
      return [
        [path, { subtask, status: job.tasks, attempt, endpoint: 'localhost:34567', metrics: {} }],
        [`${path}/accumulators`, { subtask, attempt, id: vertex.id, 'user-accumulators': [] }],
      ];
    }),
  );
}

function rescales(at: string): Entry[] {
  const disabled = { errors: ['AdaptiveScheduler is not enabled for this job.'] };
  return ['config', 'overview', 'summary', 'history'].map((document) => [`${at}/rescales/${document}`, disabled]);
}

function subtaskTimes(vertex: FakeVertex, now: number): object {
  return { ...named(vertex, now), subtasks: [] };
}

function named({ id, name }: FakeVertex, now: number): object {
  return { id, name, now };
}

function optionList(cluster: FakeCluster): object[] {
  return [...cluster.options].map(([key, value]) => ({ key, value }));
}
