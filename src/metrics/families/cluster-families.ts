/** The families of a cluster. Their subject is its status, and what the exposition left out of it. */

import type { ClusterStatus } from '../../core/cluster-status.ts';
import { OBSERVATION_FAILURES } from '../../core/errors.ts';
import type { SubjectKind } from '../render-subjects.ts';
import type { Emit, FamilyRecord } from '../family.ts';
import { seconds } from './seconds.ts';

export interface ExportedCluster {
  readonly status: ClusterStatus;
  /** Runs left out because of `observe.max_jobs`. */
  readonly jobsOmitted: number;
}

const CLUSTER_LABELS = ['flink_cluster'] as const;

interface ClusterFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly own?: readonly string[];
  readonly exportedFor?: string;
  readonly write: (emit: Emit, status: ClusterStatus, exported: ExportedCluster) => void;
}

/** Only clusters with JobManagers have these: there is nothing to observe where only archives are watched. */
function ofCluster(family: ClusterFamily): FamilyRecord<ExportedCluster> {
  const { name, type, help, own = [], exportedFor = 'clusters with JobManagers', write } = family;
  return {
    name,
    type,
    help,
    labels: [...CLUSTER_LABELS, ...own],
    stability: 'stable',
    exportedFor,
    write: (emit, exported) => {
      if (exported.status.hasJobManagers) write(emit, exported.status, exported);
    },
  };
}

const WHILE_UP = 'clusters that are up';

export const CLUSTER_FAMILIES: readonly FamilyRecord<ExportedCluster>[] = [
  ofCluster({
    name: 'flink_cluster_up',
    type: 'gauge',
    help: 'Whether a JobManager of the cluster answered the last observation (/jobs/overview).',
    exportedFor: 'clusters with JobManagers, once an observation was tried',
    write: (emit, { up }) => emit(up === undefined ? undefined : Number(up)),
  }),
  ofCluster({
    name: 'flink_cluster_info',
    type: 'gauge',
    help: 'Version and commit of Flink (/overview) and mode: session, application or empty; always 1. Stays while unreachable.',
    own: ['version', 'commit', 'mode'],
    exportedFor: 'clusters with JobManagers, once known',
    write: (emit, { version, commit, mode }) => emit(version === '' ? undefined : 1, version, commit, mode),
  }),
  ofCluster({
    name: 'flink_cluster_last_observation_timestamp_seconds',
    type: 'gauge',
    help: 'When the cluster was last observed with success: the age of all live facts.',
    exportedFor: 'clusters with JobManagers, once observed',
    write: (emit, { lastObservedAt }) => emit(seconds(lastObservedAt)),
  }),
  ofCluster({
    name: 'flink_cluster_observation_duration_seconds',
    type: 'gauge',
    help: 'How long the last observation of the cluster took.',
    exportedFor: 'clusters with JobManagers, once an observation was tried',
    write: (emit, { observationMs }) => emit(seconds(observationMs)),
  }),
  ofCluster({
    name: 'flink_cluster_observation_failures_total',
    type: 'counter',
    help: 'REST requests to JobManagers of the cluster that gave no usable answer.',
    own: ['reason'],
    write: (emit, { failures }) => {
      for (const reason of OBSERVATION_FAILURES) emit(failures[reason], reason);
    },
  }),
  ofCluster({
    name: 'flink_cluster_requests_total',
    type: 'counter',
    help: 'REST requests sent to JobManagers of the cluster.',
    write: (emit, { requests }) => emit(requests),
  }),
  ofCluster({
    name: 'flink_cluster_clock_offset_seconds',
    type: 'gauge',
    help: "JobManager's clock less ours (start-time + duration of a listed job).",
    exportedFor: 'clusters with JobManagers, once measured',
    write: (emit, { clockOffsetMs }) => emit(seconds(clockOffsetMs)),
  }),
  ofCluster({
    name: 'flink_cluster_taskmanagers',
    type: 'gauge',
    help: 'Registered TaskManagers (/overview, once a minute).',
    exportedFor: WHILE_UP,
    write: (emit, { overview }) => emit(overview?.taskmanagers),
  }),
  ofCluster({
    name: 'flink_cluster_slots',
    type: 'gauge',
    help: 'Task slots (/overview, once a minute).',
    exportedFor: WHILE_UP,
    write: (emit, { overview }) => emit(overview?.slots),
  }),
  ofCluster({
    name: 'flink_cluster_slots_available',
    type: 'gauge',
    help: 'Task slots that are free (/overview, once a minute).',
    exportedFor: WHILE_UP,
    write: (emit, { overview }) => emit(overview?.slotsAvailable),
  }),
  ofCluster({
    name: 'flink_cluster_jobs_omitted',
    type: 'gauge',
    help: 'Runs that are not exported because of observe.max_jobs.',
    write: (emit, _status, { jobsOmitted }) => emit(jobsOmitted),
  }),
];

export const CLUSTERS: SubjectKind<ExportedCluster> = {
  labels: CLUSTER_LABELS,
  labelValues: ({ status }) => [status.cluster],
  families: CLUSTER_FAMILIES,
};
