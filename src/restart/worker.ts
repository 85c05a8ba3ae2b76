/**
 * Drives every open incident to its end, from the ledger alone: a crash anywhere resumes here. One step of an incident at
 * a time, different incidents side by side. Keeps when each is due; bounded by the open incidents. The composition root
 * starts it; observations, orders and reloads wake it.
 */

import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { MedicError, messageOf } from '../core/errors.ts';
import { activeAttempt, isClosed } from '../core/restart/incident.ts';
import { repeat, type Repeat } from '../core/repeat.ts';
import type { Timers } from '../core/clock.ts';
import type { AttemptDriver } from './attempt-driver.ts';
import type { Breakers } from './breakers.ts';
import type { DecisionMaker } from './decision-maker.ts';
import type { IncidentStore } from './incident-store.ts';
import type { Surroundings } from './situations.ts';
import type { Stability } from './stability.ts';

/** A turn comes at least this often, also when nothing is due. */
const LONGEST_REST_MS = 60_000;
/** While alerts wait for the end of a run, or the ledger cannot be written. */
const WAITING_REST_MS = 5_000;
/** A deferred decision is made again at least this often. */
const DECIDE_AGAIN_MS = 30_000;
/** Each decision asks every JobManager for all of its jobs: when a thousand jobs fail at once, they take turns. */
const CONCURRENT_DECISIONS = 20;

export interface WorkerOptions {
  readonly store: IncidentStore;
  readonly surroundings: Surroundings;
  readonly decisions: DecisionMaker;
  readonly attempts: AttemptDriver;
  readonly breakers: Breakers;
  readonly stability: Stability;
  /** Before each turn: what must be in the ledger before anything is decided, and alerts that wait for the end of a run. */
  readonly prepare: () => Promise<void>;
  readonly timers: Timers;
  readonly log: Logger;
}

export class RestartWorker {
  readonly #options: WorkerOptions;
  readonly #abort = new AbortController();
  readonly #inTurn = pLimit(CONCURRENT_DECISIONS);
  /** When an incident is due again, our clock; one without an entry is due now. */
  readonly #dueAt = new Map<number, number>();
  readonly #busy = new Map<number, Promise<void>>();
  /** Woken while it was busy. */
  readonly #again = new Set<number>();
  #loop: Repeat | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  start(): void {
    const { surroundings, timers, log } = this.#options;
    this.#loop ??= repeat({
      intervalMs: () => this.#restMs(),
      task: () => this.#turn(),
      failed: (error) => this.#report(error, 'a step of the restarts failed'),
      clock: surroundings.clock,
      timers,
    });
    const open = this.#options.store.open().length;
    if (open > 0) log.info({ incidents: open }, 'going on with open incidents');
  }

  /** Ends the loop and every wait; a submission under way is left to the JobManager, and found again by its id. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await this.#loop?.stop();
    await Promise.all(this.#busy.values());
  }

  /** Something changed that may matter to this incident. */
  wake(incident: number): void {
    this.#dueAt.delete(incident);
    if (this.#busy.has(incident)) this.#again.add(incident);
    else this.#loop?.hint();
  }

  /** Something changed that may matter to all: a reload, a pause, a breaker, a place that became free. */
  wakeAll(): void {
    for (const { id } of this.#options.store.open()) this.wake(id);
    // Since when a new policy, or the mode, is armed is written down at once, also while nothing is open.
    this.#loop?.hint();
  }

  /** Runs of these names and ids changed on a cluster. */
  runsChanged(cluster: string, runs: readonly { readonly name: string; readonly jobId: string }[]): void {
    const { store, breakers } = this.#options;
    breakers.runsChanged(cluster);
    if (store.waiting().length > 0) this.#loop?.hint();
    // Mostly there is none, and at a start these are all runs.
    if (store.open().length === 0) return;
    const names = new Set(runs.map(({ name }) => name));
    const ids = new Set(runs.map(({ jobId }) => jobId));
    for (const incident of store.open()) {
      const isItsJob = names.has(incident.run.name);
      const attempt = activeAttempt(incident);
      const isHere = incident.run.cluster === cluster;
      const isItsAttempt = isHere && attempt !== undefined && ids.has(attempt.request.jobId);
      // Any job of the cluster may be the one that hid something.
      const mayBeSeen = isHere && incident.reason === 'cannot_verify';
      if (isItsJob || isItsAttempt || mayBeSeen) this.wake(incident.id);
    }
  }

  async #turn(): Promise<void> {
    const { store, surroundings, breakers, stability, prepare } = this.#options;
    await store.recover();
    await prepare();
    await stability.check();
    if (await breakers.check()) this.wakeAll();
    const now = surroundings.clock.monotonic();
    for (const incident of store.open()) {
      if (!this.#busy.has(incident.id) && (this.#dueAt.get(incident.id) ?? now) <= now) this.#begin(incident.id);
    }
    for (const id of this.#dueAt.keys()) {
      if (store.incident(id)?.closedAt === undefined) continue;
      this.#dueAt.delete(id);
      this.#options.attempts.forget(id);
    }
  }

  /** Until the next incident is due. */
  #restMs(): number {
    const { store, surroundings } = this.#options;
    // Nothing begins until the ledger takes something again, so what is due stays due.
    if (!store.writable) return WAITING_REST_MS;
    const now = surroundings.clock.monotonic();
    const due = store
      .open()
      .filter(({ id }) => !this.#busy.has(id))
      .map(({ id }) => Math.max(0, (this.#dueAt.get(id) ?? now) - now));
    return Math.min(LONGEST_REST_MS, ...due, ...(store.waiting().length > 0 ? [WAITING_REST_MS] : []));
  }

  #begin(id: number): void {
    const step = this.#step(id)
      .catch((error: unknown) => {
        this.#report(error, 'a step of an incident failed; it is tried again');
        return DECIDE_AGAIN_MS;
      })
      .then((waitMs) => {
        this.#busy.delete(id);
        if (!this.#again.delete(id)) this.#dueAt.set(id, this.#options.surroundings.clock.monotonic() + waitMs);
        this.#loop?.hint();
      });
    this.#busy.set(id, step);
  }

  /** @returns after how many milliseconds it is due again, if nothing wakes it before */
  async #step(id: number): Promise<number> {
    const { store, surroundings, decisions, attempts } = this.#options;
    const before = store.incident(id);
    if (before === undefined || isClosed(before)) return 0;
    const { cluster } = before.run;
    // While a reload replaces it nothing is known of it, not even its clock. The end of the reload wakes all.
    if (surroundings.isConfigured(cluster) && surroundings.cluster(cluster) === undefined) return DECIDE_AGAIN_MS;
    const { signal } = this.#abort;
    let incident = before;
    if (activeAttempt(before) === undefined) {
      const decided = await this.#inTurn(() => decisions.decideOn(store.incident(id) ?? before, signal));
      if (!decided.accepted) return Math.min(decided.waitMs ?? DECIDE_AGAIN_MS, DECIDE_AGAIN_MS);
      incident = decided.incident;
      attempts.decided(incident.id);
    }
    const { waitMs, freed } = await attempts.drive(incident, signal);
    // Whoever waits for a place, or for the end of another incident of its job, may go on.
    if (freed) this.wakeAll();
    return waitMs;
  }

  #report(error: unknown, message: string): void {
    if (this.#abort.signal.aborted) return;
    // The store has counted and logged what the ledger refused.
    if (error instanceof MedicError && error.code === 'ledger_write') return;
    // A JobManager that does not answer is nothing to be alarmed about here: the incident says so.
    if (error instanceof MedicError) this.#options.log.warn({ code: error.code }, `${message}: ${error.message}`);
    else this.#options.log.error({ err: error }, `${message}: ${messageOf(error)}`);
  }
}
