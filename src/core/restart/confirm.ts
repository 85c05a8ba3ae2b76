/**
 * Whether an attempt brought the job back: one step of the watch over the run that it started. Pure; the attempt driver
 * calls it every few seconds until there is a result, and after `unconfirmed` for as long as nobody gives it up.
 */

import { total } from '../epoch-counter.ts';
import type { Run } from '../run.ts';
import type { Attempt } from './incident.ts';
import { isoTime } from '../iso-time.ts';

export interface WatchMoment {
  /** Our clock, milliseconds. */
  readonly at: number;
  /** Since the step before. */
  readonly elapsedMs: number;
  /** Whether a JobManager of the cluster answers now. */
  readonly answers: boolean;
  /** JobManager's clock less ours. */
  readonly clockOffsetMs: number;
}

/**
 * @param attempt that was submitted; one that has another state is returned as it is
 * @param run of its job id, as it is known now
 */
export function watchAttempt(attempt: Attempt, run: Run | undefined, moment: WatchMoment): Attempt {
  if (attempt.state !== 'submitted' && attempt.state !== 'unconfirmed') return attempt;
  if (run?.final !== undefined) return withEnd(attempt, run.final.status, run.final.endTime, moment);
  // A run that cannot be seen, or waits for another JobManager, has its clock stopped.
  if (!moment.answers || run?.state === 'UNKNOWN' || run?.state === 'SUSPENDED') return attempt;
  const seen = run === undefined ? attempt : withState(attempt, run, moment);
  const lacks = lacking(seen, run, moment.at);
  if (lacks !== undefined) return withClock(seen, run, lacks, moment);
  return { ...seen, state: 'succeeded', detail: confirmation(seen, run), endedAt: moment.at };
}

function withEnd(attempt: Attempt, status: string, endTime: number, { at, clockOffsetMs }: WatchMoment): Attempt {
  const detail = `its run ended ${status} at ${isoTime(endTime - clockOffsetMs)}`;
  if (status === 'FINISHED') return { ...attempt, state: 'succeeded', detail, endedAt: at };
  if (status === 'CANCELED') return { ...attempt, state: 'withdrawn', detail: `${detail}, by a person`, endedAt: at };
  return { ...attempt, state: 'failed', failure: 'ended_again', detail, endedAt: at };
}

function withState(attempt: Attempt, run: Run, { at, clockOffsetMs }: WatchMoment): Attempt {
  const { stable, ...rest } = attempt;
  if (run.state !== 'RUNNING') return rest;
  // A failover restarts all tasks, too.
  const restarts = (run.restarts === undefined ? 0 : total(run.restarts)) + run.failovers;
  const entered = Math.max(attempt.intendedAt, run.stateEnteredAt - clockOffsetMs);
  return {
    ...rest,
    runningAt: attempt.runningAt ?? Math.min(at, entered),
    stable:
      // A time to come is one of before the clock was set back.
      stable?.restarts === restarts && stable.since <= at && isUntouched(run, stable.since, clockOffsetMs)
        ? stable
        : { since: at, restarts },
  };
}

/** Flink's counter of restarts lags by up to half a minute; that a task changed its state the list tells at once. */
function isUntouched({ modifiedAt }: Run, since: number, clockOffsetMs: number): boolean {
  return modifiedAt === undefined || modifiedAt - clockOffsetMs <= since;
}

/** What is still to be seen of the run; undefined when it is confirmed. */
function lacking({ stable, confirm, request }: Attempt, run: Run | undefined, at: number): string | undefined {
  if (run === undefined) return 'not seen yet';
  if (stable === undefined) return run.state;
  // Where metrics are switched off there is no counter, but the list tells that its tasks were left alone.
  if (run.restarts === undefined && run.modifiedAt === undefined) {
    return 'RUNNING, but whether it restarts could not be read';
  }
  if (at - stable.since < confirm.runningForMs) return `RUNNING without a restart only since ${isoTime(stable.since)}`;
  if (!needsCheckpoint(confirm, run)) return undefined;
  const { lastCompleted, lastRestored } = run.checkpoints ?? {};
  const restored = request.restore?.checkpointId ?? lastRestored?.id ?? Number.NEGATIVE_INFINITY;
  const isNew = lastCompleted !== undefined && lastCompleted.id > restored;
  return isNew ? undefined : 'RUNNING, without a new checkpoint';
}

/** Of a job without periodic checkpoints none is waited for. */
function needsCheckpoint(confirm: Attempt['confirm'], run: Run | undefined): boolean {
  if (!confirm.checkpoint || run === undefined) return false;
  const { checkpointConfig, checkpoints } = run;
  // Statistics exist only where checkpointing is on.
  return checkpointConfig === undefined ? checkpoints !== undefined : checkpointConfig.intervalMs !== undefined;
}

function confirmation({ stable }: Attempt, run: Run | undefined): string {
  const id = run?.checkpoints?.lastCompleted?.id;
  return `RUNNING without a restart since ${isoTime(stable?.since ?? 0)}${id === undefined ? '' : `, checkpoint ${String(id)} completed`}`;
}

/** Time-out is no failure: the run may be on its way. */
function withClock(attempt: Attempt, run: Run | undefined, lacks: string, { at, elapsedMs }: WatchMoment): Attempt {
  if (attempt.state === 'unconfirmed') return attempt;
  const watchedMs = attempt.watchedMs + elapsedMs;
  const { confirm } = attempt;
  const { intervalMs = 0, timeoutMs = 0 } = run?.checkpointConfig ?? {};
  const limitMs = Math.max(confirm.timeoutMs, needsCheckpoint(confirm, run) ? intervalMs + timeoutMs : 0);
  if (watchedMs < limitMs) return { ...attempt, watchedMs };
  const detail = `not confirmed after ${String(Math.round(watchedMs / 1000))} s: its run is ${lacks}`;
  return { ...attempt, watchedMs, state: 'unconfirmed', detail, endedAt: at };
}
