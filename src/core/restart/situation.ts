/**
 * What a decision is made of. `Situation` is what flink-medic knows already; `Evidence` is what has to be asked for, each
 * part only when the stages before had no objection. The stages are pure functions of both.
 */

import type { CheckpointStatistics, ListedJob } from '../facts.ts';
import type { Run } from '../run.ts';
import type { BreakerState } from './breaker.ts';
import type { EndedRun, Incident, JobRepairs, SubmissionRequest } from './incident.ts';
import type { RestartPolicy, RestartRules } from './policy.ts';
import type { Reason } from './reasons.ts';

export interface Situation {
  /** Our clock, milliseconds; so are all times here unless said otherwise. */
  readonly at: number;
  /** The JobManager's clock less ours. */
  readonly clockOffsetMs: number;
  readonly rules: Omit<RestartRules, 'policies'>;
  /** The first policy that matches. */
  readonly policy: RestartPolicy | undefined;
  readonly incident: Incident;
  /** The end to answer: of the incident's run, or of its last attempt's run. */
  readonly ended: EndedRun;
  /** That run as it is known now; absent when it has left the ledger. */
  readonly run: Run | undefined;
  /** All known runs of the name on this cluster. */
  readonly sameName: readonly Run[];
  /** Job ids of the runs that attempts of this incident started. */
  readonly attemptJobIds: ReadonlySet<string>;
  /** Whether a run of another cluster was started to answer an end there: it says nothing of this outage. */
  readonly isRepairElsewhere: (cluster: string, jobId: string) => boolean;
  /** From when on ends may be acted on: birth of the ledger, switch to `on` (absent unless on), first load of the policy. */
  readonly armed: {
    readonly ledger: number;
    readonly mode?: number;
    readonly policy?: number;
    /** Since when the policy is about these jobs, ends and triggers; what was opened before goes on. */
    readonly scope?: number;
  };
  /** Whether restarts are paused, for all or for this cluster. */
  readonly paused: boolean;
  /** Another open incident of the same job that has an attempt under way, or is older. */
  readonly otherIncident: number | undefined;
  readonly repairs: JobRepairs;
  /** Attempts under way in the whole process, this incident's not counted. */
  readonly underWay: number;
  /** Intents of the last hour in the whole process. */
  readonly intentsLastHour: number;
  readonly breaker: BreakerState;
}

/** What the JobManagers say now. */
export interface FreshLook {
  /** Our clock: when it was asked. */
  readonly at: number;
  /** Why nothing can be said: no answer, answers that differ, no jar endpoints. Absent: the rest can be relied on. */
  readonly problem?: string;
  /** The JobManager that answered; absent when none did. */
  readonly address?: string;
  readonly highlyAvailable: boolean;
  /** `web.tmpdir`, another one in every JobManager process. */
  readonly process: string;
  /** The same of every address that answered, by address. */
  readonly processes: ReadonlyMap<string, string>;
  readonly jobs: readonly ListedJob[];
  /** Every id that was asked for: runs of the name that are not known to have ended, and earlier attempts. */
  readonly byId: ReadonlyMap<string, ListedJob | 'not_found' | 'unanswered'>;
  /** What live jobs that began after the end were restored from: job id → path; a job without is absent. */
  readonly restoredFrom: ReadonlyMap<string, string>;
  /** Checkpoints of the ended run as its JobManager still shows them. */
  readonly checkpoints?: CheckpointStatistics;
  /**
   * Jobs of other configured clusters that answered, of any name, begun after the end or shortly before it; start times
   * are in their JobManager's clock.
   */
  readonly elsewhere: readonly { readonly cluster: string; readonly clockOffsetMs: number; readonly job: ListedJob }[];
}

/** What is known of the snapshot to restore from. */
export interface RestoreEvidence {
  readonly snapshot?: {
    readonly path: string;
    readonly kind: 'checkpoint' | 'savepoint';
    readonly id?: number;
    /** The JobManager's clock; absent for a path that a person gave. */
    readonly completedAt?: number;
  };
  /** `uncertain`: a newer one may exist. Without a snapshot `none`. */
  readonly existence: 'present' | 'missing' | 'unverifiable' | 'uncertain' | 'none';
  /** For people: where it comes from, what was looked at. */
  readonly detail: string;
}

export interface Evidence {
  /** Two looks, ten seconds apart; one for `explain`. */
  looks(): Promise<readonly FreshLook[]>;
  restorePoint(): Promise<RestoreEvidence>;
  /** What would be sent. A `problem` defers the decision: the jar cannot be read. */
  request(restore: RestoreEvidence): Promise<SubmissionRequest | { readonly problem: string }>;
}

export interface Objection {
  readonly reason: Reason;
  /** The particulars: which run, which limit, until when. */
  readonly detail: string;
  /** When it can first have changed by time alone. */
  readonly until?: number;
}

export type Verdict =
  | { readonly decision: 'accepted'; readonly request: SubmissionRequest; readonly process: string }
  | {
      readonly decision: 'refused' | 'deferred';
      readonly reason: Reason;
      readonly detail: string;
      readonly until?: number;
      /** In dry run what would have been sent. */
      readonly request?: SubmissionRequest;
    };

/** What a person wants to know beside the verdict. */
export interface StageReport {
  readonly stage: string;
  /** Absent: no objection. */
  readonly objection?: Objection;
}
