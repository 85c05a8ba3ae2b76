/** `/jobs/overview` elements and `/jobs/:jobid` as each version of Flink writes them. */

import { EXECUTION_STATES, FLINK_STATES } from '../../src/core/states.ts';
import type { FakeJob, FakeVertex } from './fake-job.ts';
import { atLeast, type FlinkVersion } from './flink-version.ts';

/** An element of `/jobs/overview`. */
export function renderListedJob(job: FakeJob, version: FlinkVersion, now: number): object {
  const tasks = EXECUTION_STATES.map(
    (state) => [state.toLowerCase(), state === job.tasks ? taskCount(job) : 0] as const,
  );
  return {
    jid: job.jobId,
    name: job.name,
    'start-time': job.startTime,
    'end-time': job.endTime ?? -1,
    duration: (job.endTime ?? now) - job.startTime,
    state: job.state,
    'last-modification': job.lastModification,
    tasks: { ...Object.fromEntries(tasks), total: taskCount(job) },
    ...(atLeast(version, '2.0') ? { 'pending-operators': 0 } : {}),
    ...(atLeast(version, '2.3') ? { jobType: job.jobType, schedulerType: schedulerOf(job) } : {}),
  };
}

/** `/jobs/:jobid` */
export function renderDetails(job: FakeJob, version: FlinkVersion, now: number): object {
  const countVertices = (state: string) => (state === job.tasks ? job.vertices.length : 0);
  return {
    jid: job.jobId,
    name: job.name,
    isStoppable: false,
    state: job.state,
    'start-time': job.startTime,
    'end-time': job.endTime ?? -1,
    duration: (job.endTime ?? now) - job.startTime,
    maxParallelism: -1,
    now,
    timestamps: Object.fromEntries(FLINK_STATES.map((state) => [state, job.timestamps.get(state) ?? 0])),
    vertices: job.vertices.map((vertex) => renderVertex(vertex, job, version, now)),
    'status-counts': Object.fromEntries(EXECUTION_STATES.map((state) => [state, countVertices(state)])),
    plan: renderPlan(job, version),
    ...(atLeast(version, '1.20') ? { 'job-type': job.jobType } : {}),
    ...(atLeast(version, '2.0') ? { 'pending-operators': 0 } : {}),
    ...(atLeast(version, '2.3')
      ? { schedulerType: schedulerOf(job), 'application-id': job.hasApplication ? job.jobId : null }
      : {}),
  };
}

export function renderPlan(job: FakeJob, version: FlinkVersion): object {
  if (job.vertices.length === 0) {
    return atLeast(version, '2.3') ? { jid: '', name: '', type: '', nodes: [] } : {};
  }
  return {
    jid: job.jobId,
    name: job.name,
    type: job.jobType,
    nodes: job.vertices.map(({ id, name, parallelism }) => ({ id, parallelism, operator: '', description: name })),
  };
}

function renderVertex(vertex: FakeVertex, job: FakeJob, version: FlinkVersion, now: number): object {
  return {
    id: vertex.id,
    ...(atLeast(version, '1.20') ? { slotSharingGroupId: '5e'.repeat(16) } : {}),
    name: vertex.name,
    maxParallelism: 128,
    parallelism: vertex.parallelism,
    status: job.tasks,
    'start-time': job.startTime,
    'end-time': job.endTime ?? -1,
    duration: (job.endTime ?? now) - job.startTime,
    tasks: Object.fromEntries(
      EXECUTION_STATES.map((state) => [state, state === job.tasks ? vertex.parallelism : 0] as const),
    ),
    // Flink writes the string, JSON has no such number.
    metrics: { 'read-bytes': 0, 'read-bytes-complete': true, 'accumulated-busy-time': 'NaN' },
  };
}

function taskCount(job: FakeJob): number {
  return job.vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0);
}

function schedulerOf(job: FakeJob): string | null {
  return job.hasApplication ? 'Default' : null;
}
