/**
 * The breaker of a cluster: when many of its jobs end badly at once, the cluster is what is broken, and restarts wait.
 * Pure; the restart worker keeps the state in the ledger's settings and asks at every observation.
 *
 * Closed, it opens by the share of failed jobs. Open, one incident at a time may probe after the cool-down: success
 * closes it, anything else begins a longer cool-down. Closed again, only what ends after that can open it.
 */

import { type Run, type RunKey, startOf } from '../run.ts';
import { isoTime } from '../iso-time.ts';
import type { BreakerRules } from './policy.ts';

export interface BreakerState {
  /** Our clock; absent while it is closed. After a probe that failed, the time of that. */
  readonly openedAt?: number;
  /** How long it stays open before one incident may probe, milliseconds; doubles with each failed probe. */
  readonly coolDownMs: number;
  /** The incident that probes. */
  readonly probe?: number;
  /** Our clock: when it was last closed. What ended before does not open it again. */
  readonly closedAt?: number;
  /** The figures that opened it, for people. */
  readonly detail: string;
}

export const CLOSED_BREAKER: BreakerState = { coolDownMs: 0, detail: '' };

/** A configured cool-down that is longer stays as long as it is. */
const LONGEST_COOL_DOWN_MS = 3_600_000;

/** Distinct jobs of a cluster. */
export interface FailureShare {
  /** Whose newest run ended FAILED or VANISHED within the window. */
  readonly failed: number;
  /** Those and all that lived when the window began. */
  readonly live: number;
}

/** Times in the JobManager's clock, milliseconds. */
export interface FailureWindow {
  readonly from: number;
  /** Ends up to here do not count, but the jobs do: the breaker was closed then. */
  readonly ignoreUntil?: number;
}

/**
 * How much of a cluster failed.
 *
 * @param runs all known runs of the cluster
 * @param isAttempt whether we started a run: those do not count, or a job that fails again and again would weigh more
 */
export function failureShare(
  runs: Iterable<Run>,
  isAttempt: (run: RunKey) => boolean,
  { from, ignoreUntil = Number.NEGATIVE_INFINITY }: FailureWindow,
): FailureShare {
  const newest = new Map<string, Run>();
  const live = new Set<string>();
  for (const run of runs) {
    const { name, final } = run;
    const startTime = startOf(run);
    const before = newest.get(name);
    const isNewest = before === undefined || startTime > startOf(before);
    const wasLive = startTime <= from && (final === undefined || final.endTime > from);
    // Asked last, because of most runs neither is true.
    if (!(isNewest || wasLive) || isAttempt(run)) continue;
    if (isNewest) newest.set(name, run);
    if (wasLive) live.add(name);
  }
  let failed = 0;
  for (const { name, final } of newest.values()) {
    if (final === undefined || (final.status !== 'FAILED' && final.status !== 'VANISHED')) continue;
    if (final.endTime <= Math.max(from, ignoreUntil)) continue;
    failed += 1;
    // One that began within the window is no smaller part of the cluster for that.
    live.add(name);
  }
  return { failed, live: live.size };
}

/** Opens a closed breaker when enough jobs failed. Returns the same object when nothing changes. */
export function nextBreaker(state: BreakerState, share: FailureShare, rules: BreakerRules, at: number): BreakerState {
  if (state.openedAt !== undefined) return state;
  const { failed, live } = share;
  if (failed === 0 || failed < rules.minJobs || failed / live < rules.failedRatio) return state;
  const detail = `${String(failed)} of ${String(live)} jobs ended FAILED or VANISHED within ${String(rules.windowMs / 1000)} s`;
  return { openedAt: at, coolDownMs: rules.coolDownMs, detail };
}

/** Whether this incident may be acted on: the breaker is closed, or this is the one that finds out whether it may be. */
export function mayProbe({ openedAt, coolDownMs, probe }: BreakerState, incident: number, at: number): boolean {
  if (openedAt === undefined) return true;
  // One that opens later than it may stay open did so before the clock was set back.
  const hasCooled = at >= openedAt + coolDownMs || openedAt > at + coolDownMs;
  return hasCooled && (probe === undefined || probe === incident);
}

/** The incident acts while the breaker is open: no other one may. */
export function probing(state: BreakerState, incident: number): BreakerState {
  return { ...state, probe: incident };
}

/** The attempt of the incident that probed has its result. */
export function probed(state: BreakerState, succeeded: boolean, rules: BreakerRules, at: number): BreakerState {
  if (succeeded) return closedBreaker(at, `closed at ${isoTime(at)}: a restart succeeded`);
  const { openedAt: _before, probe: _over, ...rest } = state;
  const coolDownMs = Math.min(2 * state.coolDownMs, Math.max(LONGEST_COOL_DOWN_MS, rules.coolDownMs));
  return { ...rest, openedAt: at, coolDownMs };
}

/** Closed by a person or a probe; only what ends after `at` (our clock) can open it again. */
export function closedBreaker(at: number, detail: string): BreakerState {
  return { ...CLOSED_BREAKER, closedAt: at, detail };
}
