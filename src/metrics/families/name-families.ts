/** The families of a job name: what holds across its runs. */

import type { NameCounters } from '../../core/name-counters.ts';
import { ENDED_STATUSES } from '../../core/states.ts';
import type { SubjectKind } from '../render-subjects.ts';
import type { FamilyRecord } from '../family.ts';

const NAME_LABELS = ['flink_cluster', 'job_name'] as const;

/** A job name as it is exported. */
export interface ExportedName {
  readonly counters: NameCounters;
  /** Absent while the cluster was never observed with success. */
  readonly liveRuns?: number;
  readonly expected: boolean;
  /** Whether the counters are complete: not before the cluster's first archive scan. */
  readonly counted: boolean;
}

const ofName = {
  labels: NAME_LABELS,
  stability: 'stable',
  exportedFor: 'names with an exported run or expectation',
} as const;

export const NAME_FAMILIES: readonly FamilyRecord<ExportedName>[] = [
  {
    ...ofName,
    name: 'flink_job_live_runs',
    type: 'gauge',
    help: 'Live runs of the name: 2 where one is expected is an emergency.',
    exportedFor: 'names with an exported run or expectation, on clusters that were once observed with success',
    write: (emit, { liveRuns }) => emit(liveRuns),
  },
  {
    ...ofName,
    name: 'flink_job_expected',
    type: 'gauge',
    help: 'Whether the job should run (expected_jobs in the configuration); always 1.',
    exportedFor: 'expected jobs',
    write: (emit, { expected }) => emit(expected ? 1 : undefined),
  },
  {
    ...ofName,
    name: 'flink_job_runs_ended_total',
    type: 'counter',
    help: 'Runs of the name that ended; each run is counted once for ever, when one of the three is known.',
    labels: [...NAME_LABELS, 'status'],
    exportedFor: 'names, after the first archive scan of the cluster',
    write: (emit, { counters, counted }) => {
      if (counted) for (const status of ENDED_STATUSES) emit(counters.ended[status], status);
    },
  },
  {
    ...ofName,
    name: 'flink_job_runs_vanished_total',
    type: 'counter',
    help: 'Runs of the name that vanished: gone, and nothing said how they ended.',
    exportedFor: 'names, after the first archive scan of the cluster',
    write: (emit, { counters, counted }) => emit(counted ? counters.vanished : undefined),
  },
];

export const NAMES: SubjectKind<ExportedName> = {
  labels: NAME_LABELS,
  labelValues: ({ counters }) => [counters.cluster, counters.name],
  families: NAME_FAMILIES,
};
