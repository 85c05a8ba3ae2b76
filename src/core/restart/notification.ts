/**
 * What receivers are told of incidents and of ends: the JSON that `docs/notifications.md` describes, with the names of the
 * API. Arguments and configuration of a submission are left out: they may hold secrets, and receivers are other people's.
 */

import { hash } from 'node:crypto';
import { isoTime } from '../iso-time.ts';
import { type Run, startOf } from '../run.ts';
import type { Attempt, Incident } from './incident.ts';
import { REASONS } from './reasons.ts';

const VERSION = 1;
const ID_DIGITS = 32;

export interface Message {
  /** Of its contents: the same said twice is one message. */
  readonly id: string;
  readonly event: 'incident' | 'final_status';
  /** Our clock, milliseconds. */
  readonly createdAt: number;
  /** JSON text. */
  readonly body: string;
}

/**
 * @param before the incident as it was last stored; undefined for a new one
 * @param at our clock, milliseconds
 * @returns undefined when nothing changed that receivers are told of
 */
export function incidentMessage(incident: Incident, before: Incident | undefined, at: number): Message | undefined {
  if (before !== undefined && standingOf(before) === standingOf(incident)) return undefined;
  const { run, reason } = incident;
  return message('incident', at, {
    incident: {
      id: incident.id,
      flink_cluster: run.cluster,
      job_name: run.name,
      job_id: run.jobId,
      generation: run.generation,
      final_status: run.status,
      end: time(run.endTime),
      state: incident.state,
      reason,
      because: reason && REASONS[reason].text,
      advice: reason && REASONS[reason].advice,
      detail: incident.detail,
      opened: time(incident.openedAt),
      since: time(incident.since),
      closed: time(incident.closedAt),
      policy: incident.policy,
      attempts: incident.attempts.map(attemptSummary),
    },
  });
}

/**
 * @param at our clock, milliseconds
 * @returns undefined while the run lives
 */
export function finalStatusMessage(run: Run, at: number): Message | undefined {
  const { final, lastFailure } = run;
  if (final === undefined) return undefined;
  return message('final_status', at, {
    run: {
      flink_cluster: run.cluster,
      job_name: run.name,
      job_id: run.jobId,
      generation: run.generation,
      final_status: final.status,
      source: final.source,
      start: time(startOf(run)),
      end: time(final.endTime),
      // Of a run that ended otherwise, the last failure is one that it survived.
      cause:
        final.status === 'FAILED' && lastFailure
          ? {
              exception: lastFailure.exception,
              message: lastFailure.message,
              task: lastFailure.task,
              time: time(lastFailure.timestamp),
            }
          : undefined,
    },
  });
}

/** `JSON.stringify` leaves out what is undefined, as the API does with what is not known. */
function message(event: Message['event'], at: number, subject: object): Message {
  const told = { version: VERSION, event, time: time(at), ...subject };
  const id = hash('sha256', JSON.stringify(told), 'hex').slice(0, ID_DIGITS);
  return { id, event, createdAt: at, body: JSON.stringify({ id, ...told }) };
}

function standingOf({ state, reason, attempts }: Incident): string {
  return [state, reason ?? '', ...attempts.map((attempt) => attempt.state)].join(' ');
}

function attemptSummary({ number, request, state, failure, detail, ...times }: Attempt): object {
  return {
    number,
    job_id: request.jobId,
    state,
    failure,
    detail,
    restored_from: request.restore?.path,
    intended: time(times.intendedAt),
    submitted: time(times.submittedAt),
    running: time(times.runningAt),
    ended: time(times.endedAt),
  };
}

function time(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : isoTime(milliseconds);
}
