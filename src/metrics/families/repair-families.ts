/** The families of a job that flink-medic repairs, or would: what a policy allows it, and how its incident stands. */

import { ATTEMPT_RESULTS, type Incident, type JobRepairs } from '../../core/restart/incident.ts';
import type { SubjectKind } from '../render-subjects.ts';
import type { FamilyRecord } from '../family.ts';
import { seconds } from './seconds.ts';

/** A job name as the restart bridge exports it. What did not change should be the same object as at the scrape before. */
export interface ExportedRepair {
  readonly cluster: string;
  readonly name: string;
  /** Whether the first policy that matches would act now; absent without a policy, and then so are the next two. */
  readonly managed?: boolean;
  /** Attempts that the budget still allows. */
  readonly budgetRemaining?: number;
  readonly results?: JobRepairs['results'];
  /** The newest incident of the job, until the job runs. */
  readonly incident?: Pick<Incident, 'state' | 'reason' | 'openedAt'>;
}

const NAME_LABELS = ['flink_cluster', 'job_name'] as const;

const ofManaged = { labels: NAME_LABELS, stability: 'stable', exportedFor: 'names that a policy matches' } as const;
const ofIncident = {
  labels: NAME_LABELS,
  stability: 'stable',
  exportedFor: 'names with an incident, until the job runs',
} as const;

export const REPAIR_FAMILIES: readonly FamilyRecord<ExportedRepair>[] = [
  {
    ...ofManaged,
    name: 'flink_medic_job_managed',
    type: 'gauge',
    help: 'Whether the policy that matches the job would act now: 0 in dry run, when off or paused, and in a maintenance window.',
    write: (emit, { managed }) => emit(managed === undefined ? undefined : Number(managed)),
  },
  {
    ...ofIncident,
    name: 'flink_medic_incident',
    type: 'gauge',
    help: 'State of the newest incident of the job, and why it is deferred, refused or exhausted; always 1.',
    labels: [...NAME_LABELS, 'state', 'reason'],
    write: (emit, { incident }) => emit(incident && 1, incident?.state ?? '', incident?.reason ?? ''),
  },
  {
    ...ofIncident,
    name: 'flink_medic_incident_opened_timestamp_seconds',
    type: 'gauge',
    help: 'When the newest incident of the job was opened.',
    write: (emit, { incident }) => emit(seconds(incident?.openedAt)),
  },
  {
    ...ofManaged,
    name: 'flink_medic_restart_attempts_total',
    type: 'counter',
    help: 'Attempts to restart the job that got this result; kept in the ledger. An unconfirmed one that succeeds or fails late is in both.',
    labels: [...NAME_LABELS, 'result'],
    write: (emit, { results }) => {
      for (const result of ATTEMPT_RESULTS) emit(results?.[result], result);
    },
  },
  {
    ...ofManaged,
    name: 'flink_medic_restart_budget_remaining',
    type: 'gauge',
    help: 'Attempts that the budget of the policy still allows for the job.',
    write: (emit, { budgetRemaining }) => emit(budgetRemaining),
  },
];

export const REPAIRS: SubjectKind<ExportedRepair> = {
  labels: NAME_LABELS,
  labelValues: ({ cluster, name }) => [cluster, name],
  families: REPAIR_FAMILIES,
};
