/**
 * Drives the attempt of an incident from its intent to its result, one step a call: sends it, finds out what became of it
 * when the answer did not say, watches the new run. Never sends what may run already. Keeps, of each attempt, what the
 * last answers said; all else is in the ledger, so a crash between any two steps resumes here. The worker calls it.
 */

import { type Attempt, activeAttempt, type AttemptResult, type Incident } from '../core/restart/incident.ts';
import { isNowhere, isOtherProcess, isShown, mayArrive } from '../core/restart/attempt-in-look.ts';
import { watchAttempt } from '../core/restart/confirm.ts';
import { resumeObjection } from '../core/restart/decide.ts';
import type { AttemptFailure } from '../core/restart/reasons.ts';
import { REASONS } from '../core/restart/reasons.ts';
import type { FreshLook, Situation } from '../core/restart/situation.ts';
import {
  attemptFailed,
  attemptWithdrawn,
  endedRunOf,
  sending,
  submitted,
  watched,
} from '../core/restart/transitions.ts';
import type { Run } from '../core/run.ts';
import type { EvidenceGatherer } from './evidence-gatherer.ts';
import type { SubmitOutcome } from './flink-rest/submit.ts';
import type { IncidentStore } from './incident-store.ts';
import { situationOf, type Surroundings } from './situations.ts';
import type { ActingJobManager } from './watched-cluster.ts';
import { type AttemptStep, writeResult, writeStep } from './write-attempt.ts';

/** An attempt whose outcome is not known is looked for this often; two such looks must agree that it is nowhere. */
const SEARCH_MS = 10_000;
/** The watch over a new run; observations wake it before. */
const WATCH_MS = 5_000;
/** How often one attempt is sent at most, always with the same id. */
const MAX_SENDS = 3;
/** How much of the watch may be lost with the process. */
const KEEP_WATCH_MS = 30_000;

export interface AttemptDriverOptions {
  readonly store: IncidentStore;
  readonly surroundings: Surroundings;
  readonly evidence: EvidenceGatherer;
  /** Sends a stored request once; `beforeSend` is awaited right before. */
  readonly submit: (
    request: Attempt['request'],
    jobManager: ActingJobManager,
    beforeSend: () => Promise<void>,
    signal: AbortSignal,
  ) => Promise<SubmitOutcome>;
  readonly metrics: { recovered(cluster: string, ms: number): void };
}

/** `freed`: it is over, others may go on. */
export interface Driven {
  readonly waitMs: number;
  readonly freed: boolean;
}

/** What is known of an attempt beside the ledger, by incident. */
interface Memory {
  /** Decided on in this process a moment ago, so that nothing has to be looked at again before it is sent. */
  readonly fresh?: boolean;
  /** Why the JobManager refused it, when nothing that was sent before can start the job any more. */
  readonly rejected?: string;
  /** When it was first found nowhere; our clock. */
  readonly missingSince?: number;
  /** Monotonic. */
  readonly watchedAt?: number;
  readonly unsavedMs?: number;
}

export class AttemptDriver {
  readonly #options: AttemptDriverOptions;
  readonly #memory = new Map<number, Memory>();

  constructor(options: AttemptDriverOptions) {
    this.#options = options;
  }

  /** The intent was written just now, on looks that still hold. */
  decided(incident: number): void {
    this.#memory.set(incident, { fresh: true });
  }

  /** The incident is closed, by whomever. */
  forget(incident: number): void {
    this.#memory.delete(incident);
  }

  /** @throws MedicError `ledger_write`, `lease_lost`; the reason of `signal` */
  async drive(incident: Incident, signal: AbortSignal): Promise<Driven> {
    const attempt = activeAttempt(incident);
    if (attempt === undefined) return { waitMs: 0, freed: true };
    if (attempt.state === 'intended') return this.#sendFirst(incident, attempt, signal);
    if (attempt.state !== 'unconfirmed' && !this.#options.surroundings.isConfigured(incident.run.cluster)) {
      return this.#giveUpWatching(incident, attempt);
    }
    if (attempt.state === 'sending') return this.#search(incident, attempt, signal);
    return this.#watch(incident, attempt, signal);
  }

  /** An intent that was never sent: what was seen before may not hold any more, unless it was seen just now. */
  #sendFirst(incident: Incident, attempt: Attempt, signal: AbortSignal): Promise<Driven> {
    const isFresh = this.#memory.get(incident.id)?.fresh === true;
    this.#memory.delete(incident.id);
    return this.#send(incident, attempt, isFresh ? 1 : 2, signal);
  }

  /** Sends what was written down, if nothing speaks against it now; a second time only with the same id. */
  async #send(incident: Incident, attempt: Attempt, looks: 1 | 2, signal: AbortSignal): Promise<Driven> {
    const { store, surroundings, evidence, submit } = this.#options;
    const situation = situationOf(incident, store, surroundings);
    const gathered = evidence.of(situation, looks, signal);
    const look = (await gathered.looks()).at(-1);
    if (look !== undefined && isShown(look, attempt)) {
      return this.#submitted(incident, 'a job with its id is there');
    }
    const objection = await resumeObjection(situation, gathered);
    if (objection !== undefined && REASONS[objection.reason].decision === 'deferred') return later(SEARCH_MS);
    const isOnItsWay = look === undefined || mayArrive(look, attempt);
    if (objection !== undefined && isOnItsWay) return this.#lock(incident, attempt, objection.detail);
    if (objection !== undefined) {
      return this.#end(incident, 'withdrawn', (now, at) => attemptWithdrawn(now, objection.detail, at));
    }
    const jobManagers = surroundings.cluster(incident.run.cluster)?.jobManagers ?? [];
    const jobManager = jobManagers.find(({ address }) => address === look?.address);
    if (jobManager === undefined) return later(SEARCH_MS);
    this.#memory.delete(incident.id);
    let isSent = false;
    const beforeSend = async (): Promise<void> => {
      // Bringing the jar there takes its time, in which somebody else may have started the job.
      const { processes } = await this.#lastLook(incident, attempt, signal);
      const { address } = jobManager;
      const process = processes.get(address);
      if (process === undefined) throw new Hindrance();
      await store.checkLease();
      await writeStep(this.#options, incident.id, (now, at) => sending(now, { address, process }, at));
      isSent = true;
    };
    let outcome: SubmitOutcome;
    try {
      outcome = await submit(attempt.request, jobManager, beforeSend, signal);
    } catch (error) {
      if (error instanceof Hindrance) return later(0);
      throw error;
    }
    if (outcome.kind === 'accepted') return this.#submitted(incident, 'the JobManager accepted it');
    const isRejected = outcome.kind === 'rejected';
    // What is said of this request says nothing of one before it.
    if (isOnItsWay && (outcome.kind === 'jar_lost' || (isRejected && !isSent))) {
      return this.#lock(incident, attempt, outcome.detail);
    }
    if (outcome.kind === 'jar_lost') return this.#fail(incident, 'jar_lost', outcome.detail);
    if (isRejected && !isSent) return this.#fail(incident, 'submit_rejected', outcome.detail);
    this.#memory.set(incident.id, isRejected && !isOnItsWay ? { rejected: outcome.detail } : {});
    return later(0);
  }

  /** Nobody knows what became of it, and nothing more can be done: no other is made until a person says so. */
  #lock(incident: Incident, attempt: Attempt, because: string): Promise<Driven> {
    const detail = `sent ${String(attempt.sentAt.length)} times, no job has its id, and it may be on its way: ${because}`;
    return this.#end(incident, 'unconfirmed', (now, at) =>
      watched(now, { ...attempt, state: 'unconfirmed', detail }, at),
    );
  }

  /** Else it would hold its place among the attempts under way for ever, and nobody could release it. */
  #giveUpWatching(incident: Incident, attempt: Attempt): Promise<Driven> {
    const detail = `cluster ${incident.run.cluster} is not configured any more`;
    return this.#end(incident, 'unconfirmed', (now, at) =>
      watched(now, { ...attempt, state: 'unconfirmed', detail, endedAt: at }, at),
    );
  }

  /** @throws Hindrance */
  async #lastLook(incident: Incident, attempt: Attempt, signal: AbortSignal): Promise<FreshLook> {
    const gathered = this.#options.evidence.of(this.#situation(incident), 1, signal);
    const look = (await gathered.looks()).at(-1);
    const isFree = look !== undefined && !isShown(look, attempt);
    // A look can take its time, in which a person may have paused restarts.
    const situation = this.#situation(incident);
    if (!isFree || (await resumeObjection(situation, gathered)) !== undefined) throw new Hindrance();
    return look;
  }

  /** It may have been sent: the JobManagers and the archives tell whether a job has its id. */
  async #search(incident: Incident, attempt: Attempt, signal: AbortSignal): Promise<Driven> {
    const { surroundings, evidence } = this.#options;
    const { jobId, submitTimeoutMs } = attempt.request;
    if (this.#runOf(incident, jobId) !== undefined) return this.#submitted(incident, 'a job with its id was seen');
    const look = await evidence.look(this.#situation(incident), signal);
    if (isShown(look, attempt)) return this.#submitted(incident, 'a job with its id is there');
    const now = surroundings.clock.now();
    if (!this.#isMissingLong(incident, isNowhere(look, attempt), now)) return later(SEARCH_MS);
    const rejected = this.#memory.get(incident.id)?.rejected;
    if (rejected !== undefined) return this.#fail(incident, 'submit_rejected', rejected);
    // What that process took is gone with it; and main(), which runs inside the call, has had its time twice.
    const sentMs = now - (attempt.sentAt.at(-1) ?? attempt.intendedAt);
    if (!isOtherProcess(look, attempt) && sentMs < 2 * submitTimeoutMs) return later(SEARCH_MS);
    if (attempt.sentAt.length >= MAX_SENDS) return this.#lock(incident, attempt, 'it is not sent more often');
    // Flink refuses it if the first one is on its way after all.
    return this.#send(incident, attempt, 2, signal);
  }

  async #watch(incident: Incident, attempt: Attempt, signal: AbortSignal): Promise<Driven> {
    const { surroundings, metrics } = this.#options;
    const { clock } = surroundings;
    const cluster = surroundings.cluster(incident.run.cluster);
    const run = this.#runOf(incident, attempt.request.jobId);
    if (run === undefined && (await this.#isGone(incident, attempt, signal))) {
      return this.#send(incident, attempt, 2, signal);
    }
    const memory = this.#memory.get(incident.id) ?? {};
    const at = clock.now();
    const watchedAt = clock.monotonic();
    const sinceMs = watchedAt - (memory.watchedAt ?? watchedAt);
    const next = watchAttempt(attempt, run, {
      at,
      elapsedMs: sinceMs + (memory.unsavedMs ?? 0),
      answers: cluster?.status.up === true,
      clockOffsetMs: cluster?.status.clockOffsetMs ?? 0,
    });
    if (next.state === 'failed') {
      return this.#fail(incident, next.failure ?? 'ended_again', next.detail, run && endedRunOf(run));
    }
    if (next.state === 'succeeded' || next.state === 'withdrawn') {
      const driven = await this.#end(incident, next.state, (now, when) => watched(now, next, when));
      if (next.state === 'succeeded' && next.runningAt !== undefined) {
        metrics.recovered(incident.run.cluster, msToRecover(incident, next.runningAt, cluster?.status.clockOffsetMs));
      }
      return driven;
    }
    if (next.state === 'unconfirmed' && attempt.state !== 'unconfirmed') {
      return this.#end(incident, 'unconfirmed', (now, when) => watched(now, next, when));
    }
    const isNews = next.runningAt !== attempt.runningAt || next.stable?.since !== attempt.stable?.since;
    const unsavedMs = next.watchedMs - attempt.watchedMs;
    const keep = isNews || unsavedMs >= KEEP_WATCH_MS;
    if (keep) await writeStep(this.#options, incident.id, (now, when) => watched(now, next, when));
    this.#memory.set(incident.id, { ...memory, watchedAt, unsavedMs: keep ? 0 : unsavedMs });
    return later(next.state === 'unconfirmed' ? KEEP_WATCH_MS : WATCH_MS);
  }

  /** Accepted, but never seen, and the JobManager process that accepted it is gone. */
  async #isGone(incident: Incident, attempt: Attempt, signal: AbortSignal): Promise<boolean> {
    if (attempt.state === 'unconfirmed') return false;
    const look = await this.#options.evidence.look(this.#situation(incident), signal);
    const isMissing = isNowhere(look, attempt) && isOtherProcess(look, attempt) && attempt.sentAt.length < MAX_SENDS;
    return this.#isMissingLong(incident, isMissing, look.at);
  }

  /** Whether it has been missing at every look, for as long as lies between two. */
  #isMissingLong({ id }: Incident, isMissing: boolean, at: number): boolean {
    const { missingSince: before, ...rest } = this.#memory.get(id) ?? {};
    const missingSince = before ?? at;
    this.#memory.set(id, isMissing ? { ...rest, missingSince } : rest);
    return isMissing && at - missingSince >= SEARCH_MS;
  }

  async #submitted(incident: Incident, detail: string): Promise<Driven> {
    await writeStep(this.#options, incident.id, (now, at) => submitted(now, detail, at));
    this.#memory.delete(incident.id);
    this.#options.surroundings.cluster(incident.run.cluster)?.observeSoon();
    return later(WATCH_MS);
  }

  #fail(
    incident: Incident,
    failure: AttemptFailure,
    detail: string,
    ended = undefined as ReturnType<typeof endedRunOf>,
  ): Promise<Driven> {
    return this.#end(incident, 'failed', (now, at) => attemptFailed(now, failure, detail, at, ended));
  }

  async #end(incident: Incident, result: AttemptResult, step: AttemptStep): Promise<Driven> {
    await writeResult(this.#options, incident, result, step);
    this.#memory.delete(incident.id);
    return { waitMs: 0, freed: true };
  }

  #situation(incident: Incident): Situation {
    return situationOf(incident, this.#options.store, this.#options.surroundings);
  }

  /** The run that the attempt started, as observed: a job id of ours is never used by anybody else. */
  #runOf(incident: Incident, jobId: string): Run | undefined {
    return this.#options.surroundings.cluster(incident.run.cluster)?.history.newest(jobId);
  }
}

/** Something speaks against sending after all; what it is, the next step finds out, and acts on it. */
class Hindrance extends Error {}

function msToRecover({ run }: Incident, runningAt: number, clockOffsetMs = 0): number {
  return runningAt - (run.endTime - clockOffsetMs);
}

function later(waitMs: number): Driven {
  return { waitMs, freed: false };
}
