/**
 * Every way in which an incident changes, as pure functions that give the new incident and the line of its story. The
 * incident store writes both in one transaction; nothing else makes incidents.
 */

import { isoTime } from '../iso-time.ts';
import { cleaned } from '../redaction.ts';
import type { Run } from '../run.ts';
import { lastStartOf } from '../run.ts';
import {
  activeAttempt,
  type Attempt,
  type EndedRun,
  type Incident,
  type IncidentEvent,
  type IncidentState,
  isClosed,
  MAX_TRIGGERS,
  type Order,
  type Trigger,
} from './incident.ts';
import type { AttemptFailure, Reason } from './reasons.ts';
import type { Verdict } from './situation.ts';

/** An incident as it is now, and what is written down of the change; without an event nobody needs to read of it. */
export interface Transition {
  readonly incident: Incident;
  readonly event?: Omit<IncidentEvent, 'incident'>;
}

/** The end of a run in the form that incidents keep. @returns undefined for a run that has not ended */
export function endedRunOf(run: Run): EndedRun | undefined {
  if (run.final === undefined) return undefined;
  return {
    cluster: run.cluster,
    jobId: run.jobId,
    generation: run.generation,
    name: run.name,
    status: run.final.status,
    endTime: run.final.endTime,
    lastStart: lastStartOf(run),
  };
}

/** The end that the next attempt answers. */
export function endToAnswer(incident: Incident): EndedRun {
  const last = incident.attempts.at(-1);
  return last === undefined ? incident.run : (last.ended ?? last.of);
}

export function opened(id: number, run: EndedRun, trigger: Trigger, at: number): Transition {
  const detail = `${run.name} (${run.jobId}) ended ${run.status} at ${isoTime(run.endTime)}`;
  return {
    incident: {
      id,
      run,
      state: 'deferred',
      detail: '',
      openedAt: at,
      since: at,
      triggers: [trigger],
      attempts: [],
    },
    event: { at, kind: 'opened', detail: `${detail}; asked by ${nameOf(trigger)}` },
  };
}

/** Somebody asks again, or somebody else asks too. It changes nothing but the list. */
export function joined(incident: Incident, trigger: Trigger): Transition {
  const index = incident.triggers.findIndex((known) => isSameTrigger(known, trigger));
  const known = incident.triggers[index];
  if (known !== undefined) {
    const again = { ...known, lastAt: trigger.at, count: known.count + 1, withdrawn: false };
    return { incident: { ...incident, triggers: incident.triggers.with(index, again) } };
  }
  if (incident.triggers.length >= MAX_TRIGGERS) return { incident };
  return {
    incident: { ...incident, triggers: [...incident.triggers, trigger] },
    event: { at: trigger.at, kind: 'joined', detail: `asked by ${nameOf(trigger)} too` },
  };
}

/** An alert resolved: that trigger asks no more. The incident goes on. */
export function withdrew(incident: Incident, fingerprint: string, startsAt: number, at: number): Transition {
  const index = incident.triggers.findIndex(
    // The alert may have fired anew unannounced, so a later start resolves the earlier firing as well.
    (known) => known.fingerprint === fingerprint && !known.withdrawn && (known.startsAt ?? 0) <= startsAt,
  );
  const known = incident.triggers[index];
  if (known === undefined) return { incident };
  return {
    incident: { ...incident, triggers: incident.triggers.with(index, { ...known, lastAt: at, withdrawn: true }) },
    event: { at, kind: 'withdrawn', detail: `${nameOf(known)} resolved; the incident goes on` },
  };
}

/** A person orders a restart; a closed incident is open again. */
export function ordered(incident: Incident, trigger: Trigger, order: Order): Transition {
  const lifts = order.lift.length > 0 ? `, lifting ${order.lift.join(', ')}` : '';
  const from = order.from === undefined ? '' : `, from ${cleaned(order.from)}`;
  return {
    incident: { ...(isClosed(incident) ? reopened(incident, order.at) : incident), order },
    event: { at: order.at, kind: 'ordered', detail: `ordered by ${nameOf(trigger)}${lifts}${from}` },
  };
}

function reopened(incident: Incident, at: number): Incident {
  const { closedAt: _closed, reason: _reason, ...rest } = incident;
  return { ...rest, ...moved(incident, 'deferred', at), detail: '' };
}

/** The verdict of a decision that was not accepted. A deferral that says the same as before changes nothing. */
export function objected(
  incident: Incident,
  verdict: Exclude<Verdict, { decision: 'accepted' }>,
  at: number,
): Transition {
  const { reason, detail, request } = verdict;
  const { wouldSend: _old, ...rest } = incident;
  const state = stateOf(verdict);
  if (state === incident.state && reason === incident.reason) {
    // The story tells it once, but what is read of the incident is what holds now.
    const same = JSON.stringify(incident.wouldSend) === JSON.stringify(request) && incident.detail === detail;
    return { incident: same ? incident : { ...rest, detail, ...(request && { wouldSend: request }) } };
  }
  const isFinal = verdict.decision === 'refused';
  return {
    incident: {
      ...rest,
      ...moved(incident, state, at),
      reason,
      detail,
      ...(isFinal && { closedAt: at }),
      ...(request && { wouldSend: request }),
    },
    event: { at, kind: verdict.decision, reason, detail },
  };
}

/** The intent: from now on exactly this is sent. */
export function intended(
  incident: Incident,
  intent: Pick<Attempt, 'of' | 'request' | 'confirm' | 'process'>,
  at: number,
): Transition {
  const { reason: _reason, wouldSend: _would, order, ...rest } = incident;
  const attempt: Attempt = {
    number: incident.attempts.length + 1,
    ...intent,
    state: 'intended',
    detail: '',
    intendedAt: at,
    sentAt: [],
    watchedMs: 0,
  };
  const { restore } = intent.request;
  const from = restore === undefined ? 'without state' : `from ${cleaned(restore.path)}`;
  return {
    incident: {
      ...rest,
      ...moved(incident, 'submitting', at),
      detail: '',
      attempts: [...incident.attempts, attempt],
      ...(order && { order: afterUse(order) }),
    },
    event: {
      at,
      kind: 'accepted',
      detail: `attempt ${String(attempt.number)} as job ${intent.request.jobId}, ${from}: ${intent.request.restoreDetail}`,
    },
  };
}

/** Written right before the request goes out: from now on it may have been sent. */
export function sending(
  incident: Incident,
  to: { readonly address: string; readonly process: string },
  at: number,
): Transition {
  const attempt = current(incident);
  const sentAt = [...attempt.sentAt, at];
  const again = sentAt.length > 1 ? ' once more, with the same id' : '';
  return {
    incident: withAttempt({ ...incident, ...moved(incident, 'submitting', at) }, { ...to, state: 'sending', sentAt }),
    event: { at, kind: 'sending', detail: `attempt ${String(attempt.number)} is sent${again}` },
  };
}

export function submitted(incident: Incident, detail: string, at: number): Transition {
  const attempt = current(incident);
  return {
    incident: withAttempt(
      { ...incident, ...moved(incident, 'confirming', at), detail },
      { state: 'submitted', submittedAt: at, detail },
    ),
    event: { at, kind: 'submitted', detail: `attempt ${String(attempt.number)}: ${detail}` },
  };
}

/** The attempt came to nothing; whether there is another is decided next. */
export function attemptFailed(
  incident: Incident,
  failure: AttemptFailure,
  detail: string,
  at: number,
  ended?: EndedRun,
): Transition {
  const attempt = current(incident);
  return {
    incident: withAttempt(
      { ...incident, ...moved(incident, 'deferred', at), detail },
      { state: 'failed', failure, detail, endedAt: at, ...(ended && { ended }) },
    ),
    event: { at, kind: 'attempt_failed', reason: failure, detail: `attempt ${String(attempt.number)}: ${detail}` },
  };
}

/** The attempt is given up where nothing of it can start a job any more, because something objects to it now. */
export function attemptWithdrawn(incident: Incident, detail: string, at: number): Transition {
  const attempt = current(incident);
  const sent = attempt.sentAt.length === 0 ? 'was never sent' : 'is not sent again';
  return {
    incident: withAttempt(
      { ...incident, ...moved(incident, 'deferred', at), detail },
      { state: 'withdrawn', detail, endedAt: at },
    ),
    event: { at, kind: 'withdrawn', detail: `attempt ${String(attempt.number)} ${sent}: ${detail}` },
  };
}

/** What the watch over the new run gave: the attempt as `watchAttempt` made it. */
export function watched(incident: Incident, attempt: Attempt, at: number): Transition {
  const before = current(incident);
  const next = { ...incident, attempts: [...incident.attempts.slice(0, -1), attempt] };
  if (attempt.state === before.state) {
    const isRunning = attempt.runningAt !== undefined && before.runningAt === undefined;
    const event = { at: attempt.runningAt ?? at, kind: 'running', detail: `job ${attempt.request.jobId} is RUNNING` };
    return isRunning ? { incident: next, event: { ...event, kind: 'running' } } : { incident: next };
  }
  const detail = `attempt ${String(attempt.number)}: ${attempt.detail}`;
  if (attempt.state === 'unconfirmed') {
    const { reason: _reason, ...rest } = next;
    return {
      incident: { ...rest, ...moved(incident, 'unconfirmed', at), detail: attempt.detail },
      event: { at, kind: 'unconfirmed', detail },
    };
  }
  const state = attempt.state === 'succeeded' ? 'succeeded' : 'withdrawn';
  return closed(next, state, detail, at);
}

/** A person gives an unconfirmed attempt up; flink-medic no longer watches it. */
export function released(incident: Incident, user: string, at: number): Transition {
  const given = withAttempt(incident, { state: 'withdrawn', detail: `released by ${user}`, endedAt: at });
  return closed(given, 'withdrawn', `released by ${user}`, at);
}

function closed(incident: Incident, state: 'succeeded' | 'withdrawn', detail: string, at: number): Transition {
  const { reason: _reason, ...rest } = incident;
  return {
    incident: { ...rest, ...moved(incident, state, at), detail, closedAt: at },
    event: { at, kind: 'closed', detail: `${state}: ${detail}` },
  };
}

/** One attempt is made beyond the budget and from the given path; those that follow keep the rules again. */
function afterUse({ at, lift }: Order): Order {
  return { at, lift: lift.filter((reason) => reason !== 'exhausted') };
}

const WAITING: readonly Reason[] = ['vanished_wait', 'end_wait'];
const EXHAUSTED: readonly Reason[] = ['exhausted', 'budget_exhausted'];

function stateOf({ decision, reason }: Exclude<Verdict, { decision: 'accepted' }>): IncidentState {
  if (decision === 'refused') return EXHAUSTED.includes(reason) ? 'exhausted' : 'refused';
  if (WAITING.includes(reason)) return 'waiting';
  return reason === 'back_off' ? 'backing_off' : 'deferred';
}

function moved(
  before: Pick<Incident, 'state' | 'since'>,
  state: IncidentState,
  at: number,
): Pick<Incident, 'state' | 'since'> {
  return { state, since: before.state === state ? before.since : at };
}

function current(incident: Incident): Attempt {
  const attempt = activeAttempt(incident);
  if (attempt === undefined) throw new Error(`incident ${String(incident.id)} has no attempt under way`);
  return attempt;
}

function withAttempt(incident: Incident, change: Partial<Attempt>): Incident {
  return { ...incident, attempts: [...incident.attempts.slice(0, -1), { ...current(incident), ...change }] };
}

function isSameTrigger(a: Trigger, b: Trigger): boolean {
  return a.kind === b.kind && a.name === b.name && a.fingerprint === b.fingerprint && a.startsAt === b.startsAt;
}

function nameOf({ kind, name }: Trigger): string {
  if (kind === 'watchdog') return 'the watchdog';
  return kind === 'alert' ? `alert ${name}` : name;
}
