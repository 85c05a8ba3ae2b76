/**
 * The JSON of incidents, with the conventions of `resources.ts`: what asked for a restart, what was decided and why, what
 * was sent, and what came of it. Arguments and configuration of a submission are shown without secrets.
 */

import type { Delivery } from '../core/restart/alerts.ts';
import type {
  Attempt,
  EndedRun,
  Incident,
  IncidentEvent,
  Order,
  SubmissionRequest,
  Trigger,
} from '../core/restart/incident.ts';
import { ATTEMPT_FAILURES, REASONS, type Reason } from '../core/restart/reasons.ts';
import type { StageReport } from '../core/restart/situation.ts';
import { isoTime } from '../core/iso-time.ts';
import { known, time } from './fields.ts';
import { argsWithoutSecrets, cleaned, withoutSecrets } from '../core/redaction.ts';
import type { Explanation } from './restart-desk.ts';

/** The run whose end is answered. */
export interface EndedRunResource {
  readonly flink_cluster: string;
  readonly job_name: string;
  readonly job_id: string;
  readonly generation: number;
  readonly final_status: string;
  readonly end: string;
}

/** A word of the closed list of reasons, what it means, and what a person can do. */
export interface ReasonResource {
  readonly reason: string;
  readonly because: string;
  readonly advice: string;
}

export interface TriggerResource {
  readonly kind: string;
  readonly name: string;
  readonly fingerprint?: string;
  /** When the alert began. */
  readonly starts_at?: string;
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly withdrawn: boolean;
}

export interface OrderResource {
  readonly time: string;
  readonly from?: string;
  readonly lift: readonly string[];
}

export interface SubmissionResource {
  readonly driver: string;
  readonly job_id: string;
  readonly jar: SubmissionRequest['jar'];
  readonly entry_class?: string;
  readonly args: readonly string[];
  readonly parallelism?: number;
  readonly config: Readonly<Record<string, string>>;
  readonly restore?: {
    readonly path: string;
    readonly claim_mode: string;
    readonly allow_non_restored_state: boolean;
    readonly checkpoint_id?: number;
    readonly completed?: string;
  };
  readonly restore_detail: string;
  readonly submit_timeout_seconds: number;
}

export interface AttemptResource {
  readonly number: number;
  readonly state: string;
  readonly failure?: string;
  readonly because?: string;
  readonly detail: string;
  /** The end that it answers: of the incident's run, or of an earlier attempt's. */
  readonly answers: EndedRunResource;
  readonly request: SubmissionResource;
  readonly intended: string;
  readonly sent: readonly string[];
  readonly submitted?: string;
  readonly running?: string;
  /** How its own run ended. */
  readonly run_ended?: EndedRunResource;
  readonly ended?: string;
}

export interface IncidentResource extends EndedRunResource, Partial<ReasonResource> {
  readonly id: number;
  readonly state: string;
  readonly detail: string;
  readonly opened: string;
  readonly since: string;
  readonly closed?: string;
  readonly policy?: string;
  readonly triggers: readonly TriggerResource[];
  readonly order?: OrderResource;
  readonly attempts: readonly AttemptResource[];
  readonly would_send?: SubmissionResource;
}

export interface DeliveryResource {
  readonly fingerprint: string;
  readonly starts_at: string;
  readonly status: string;
  readonly alertname: string;
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly became: string;
  readonly reason?: string;
}

export interface IncidentStoryResource extends IncidentResource {
  readonly events: readonly {
    readonly time: string;
    readonly event: string;
    readonly reason?: string;
    readonly detail: string;
  }[];
  readonly deliveries: readonly DeliveryResource[];
}

/** A stage without `reason` had no objection. */
export interface StageResource extends Partial<ReasonResource> {
  readonly stage: string;
  readonly detail?: string;
  readonly until?: string;
}

/** What would happen now, and why. */
export interface ExplanationResource extends EndedRunResource, Partial<ReasonResource> {
  readonly policy?: string;
  readonly incident?: number;
  readonly decision: string;
  readonly detail?: string;
  readonly until?: string;
  readonly stages: readonly StageResource[];
  readonly would_send?: SubmissionResource;
}

export function incidentResource(incident: Incident): IncidentResource {
  const { order, wouldSend } = incident;
  return {
    id: incident.id,
    ...endedRunResource(incident.run),
    state: incident.state,
    ...reasonResource(incident.reason),
    detail: incident.detail,
    opened: isoTime(incident.openedAt),
    since: isoTime(incident.since),
    ...known('closed', time(incident.closedAt)),
    ...known('policy', incident.policy),
    triggers: incident.triggers.map(triggerResource),
    ...known('order', order && orderResource(order)),
    attempts: incident.attempts.map(attemptResource),
    ...known('would_send', wouldSend && submissionResource(wouldSend)),
  };
}

export function incidentStoryResource(
  incident: Incident,
  events: readonly IncidentEvent[],
  deliveries: readonly Delivery[],
): IncidentStoryResource {
  return {
    ...incidentResource(incident),
    events: events.map(({ at, kind, reason, detail }) => ({
      time: isoTime(at),
      event: kind,
      ...known('reason', reason),
      detail,
    })),
    deliveries: deliveries.map(deliveryResource),
  };
}

export function explanationResource({ ended, policy, stages, verdict, incident }: Explanation): ExplanationResource {
  const { request } = verdict;
  return {
    ...endedRunResource(ended),
    ...known('policy', policy),
    ...known('incident', incident?.id),
    decision: verdict.decision,
    ...(verdict.decision !== 'accepted' && {
      ...reasonResource(verdict.reason),
      detail: verdict.detail,
      ...known('until', time(verdict.until)),
    }),
    stages: stages.map(stageResource),
    ...known('would_send', request && submissionResource(request)),
  };
}

function stageResource({ stage, objection }: StageReport): StageResource {
  if (objection === undefined) return { stage };
  const { reason, detail, until } = objection;
  return { stage, ...reasonResource(reason), detail, ...known('until', time(until)) };
}

function endedRunResource({ cluster, name, jobId, generation, status, endTime }: EndedRun): EndedRunResource {
  return {
    flink_cluster: cluster,
    job_name: name,
    job_id: jobId,
    generation,
    final_status: status,
    end: isoTime(endTime),
  };
}

function reasonResource(reason: Reason | undefined): Partial<ReasonResource> {
  return reason === undefined ? {} : { reason, because: REASONS[reason].text, advice: REASONS[reason].advice };
}

function triggerResource(trigger: Trigger): TriggerResource {
  return {
    kind: trigger.kind,
    name: trigger.name,
    ...known('fingerprint', trigger.fingerprint),
    ...known('starts_at', time(trigger.startsAt)),
    first: isoTime(trigger.at),
    last: isoTime(trigger.lastAt),
    count: trigger.count,
    withdrawn: trigger.withdrawn,
  };
}

function orderResource({ at, from, lift }: Order): OrderResource {
  return { time: isoTime(at), ...known('from', from), lift };
}

function attemptResource(attempt: Attempt): AttemptResource {
  const { failure } = attempt;
  return {
    number: attempt.number,
    state: attempt.state,
    ...(failure !== undefined && { failure, because: ATTEMPT_FAILURES[failure] }),
    detail: attempt.detail,
    answers: endedRunResource(attempt.of),
    request: submissionResource(attempt.request),
    intended: isoTime(attempt.intendedAt),
    sent: attempt.sentAt.map(isoTime),
    ...known('submitted', time(attempt.submittedAt)),
    ...known('running', time(attempt.runningAt)),
    ...known('run_ended', attempt.ended && endedRunResource(attempt.ended)),
    ...known('ended', time(attempt.endedAt)),
  };
}

function submissionResource(request: SubmissionRequest): SubmissionResource {
  const { restore } = request;
  return {
    driver: request.driver,
    job_id: request.jobId,
    jar: request.jar,
    ...known('entry_class', request.entryClass),
    args: argsWithoutSecrets(request.args),
    ...known('parallelism', request.parallelism),
    config: withoutSecrets(request.config),
    ...(restore !== undefined && {
      restore: {
        path: cleaned(restore.path),
        claim_mode: restore.claimMode,
        allow_non_restored_state: restore.allowNonRestoredState,
        ...known('checkpoint_id', restore.checkpointId),
        ...known('completed', time(restore.completedAt)),
      },
    }),
    restore_detail: request.restoreDetail,
    submit_timeout_seconds: request.submitTimeoutMs / 1000,
  };
}

function deliveryResource(delivery: Delivery): DeliveryResource {
  return {
    fingerprint: delivery.fingerprint,
    starts_at: isoTime(delivery.startsAt),
    status: delivery.status,
    alertname: delivery.alertname,
    first: isoTime(delivery.firstAt),
    last: isoTime(delivery.lastAt),
    count: delivery.count,
    became: delivery.outcome,
    ...known('reason', delivery.reason),
  };
}
