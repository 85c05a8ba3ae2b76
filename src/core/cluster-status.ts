/** What is known of a cluster besides its jobs. An immutable value: the observer replaces it, metrics and API read it. */

import type { ClusterOverview } from './facts.ts';
import { OBSERVATION_FAILURES, type ObservationFailure } from './errors.ts';

export type ClusterMode = 'session' | 'application' | '';

/** What outlives an observation, and our own restarts, through the ledger. */
export interface ClusterMemory {
  readonly version: string;
  readonly commit: string;
  readonly mode: ClusterMode;
  /** Name of the folder its archives lie in: null before Flink 2.3, undefined while not known. */
  readonly clusterFolder?: string | null;
  /** JobManager's clock less ours, milliseconds. */
  readonly clockOffsetMs?: number;
  /** Last successful observation: by our clock, and by the JobManager's. */
  readonly lastObservedAt?: number;
  readonly lastObservedJobManagerAt?: number;
  /** `jobmanager.archive.fs.dir`, as the JobManager says it. */
  readonly archiveDirectory?: string;
}

export interface ClusterStatus extends ClusterMemory {
  readonly cluster: string;
  /** Absent before the first observation was tried; always absent without JobManagers. */
  readonly up?: boolean;
  /** Milliseconds. */
  readonly observationMs?: number;
  /** Present while up. */
  readonly overview?: ClusterOverview;
  readonly failures: Readonly<Record<ObservationFailure, number>>;
  readonly requests: number;
  /** Listed, and not remembered because there are too many. */
  readonly jobsNotTaken: number;
  /** Why it is not up, and what is wrong with its configuration; for people. */
  readonly problem?: string;
  readonly hasJobManagers: boolean;
}

const NO_FAILURES = Object.fromEntries(OBSERVATION_FAILURES.map((reason) => [reason, 0])) as Readonly<
  Record<ObservationFailure, number>
>;

export function unseenCluster(cluster: string, hasJobManagers: boolean, memory?: ClusterMemory): ClusterStatus {
  return {
    version: '',
    commit: '',
    mode: '',
    ...memory,
    cluster,
    failures: NO_FAILURES,
    requests: 0,
    jobsNotTaken: 0,
    hasJobManagers,
  };
}

/** Whether a JobManager once told its configuration, so that it is known where its archives lie. */
export function isConfigurationKnown(memory: ClusterMemory): boolean {
  // The version is set last, when everything else was read.
  return memory.version !== '';
}

export function memoryOf(status: ClusterStatus): ClusterMemory {
  const { cluster: _c, up: _u, observationMs: _o, overview: _v, failures: _f, requests: _r, ...rest } = status;
  const { problem: _p, hasJobManagers: _h, jobsNotTaken: _n, ...memory } = rest;
  return memory;
}
