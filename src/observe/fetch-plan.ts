/**
 * What to fetch for a run besides its place in the list: only what can have changed since it was last fetched, by the
 * table of `docs/truth.md`. Keeps one small record for each run that a JobManager lists, and none for others.
 */

import type { ListedJob } from '../core/facts.ts';
import { isSettled, keyOf, type Run } from '../core/run.ts';
import { type FlinkState, isEnded } from '../core/states.ts';

export type Need = 'details' | 'checkpoint_config' | 'checkpoints' | 'exceptions' | 'restarts';

/** Flink answers metrics and checkpoint statistics from caches of up to 10 s, and metrics from the request before. */
const CACHE_MS = 10_000;

/** How long at most until that is asked for again which the JobManager does not tell: a counter, an overdue checkpoint. */
const LONGEST_WAIT_MS = 300_000;

const FAILURE_STATES: readonly FlinkState[] = ['FAILING', 'RESTARTING', 'FAILED'];
const AT_FIRST_SIGHT: readonly Need[] = ['details', 'checkpoint_config', 'checkpoints', 'exceptions', 'restarts'];
const AT_THE_END: readonly Need[] = ['details', 'checkpoints', 'exceptions', 'restarts'];

/** The JobManager that a list came from. */
export interface Source {
  readonly address: string;
  /** Its clock less ours. */
  readonly clockOffsetMs: number;
}

interface Watch {
  readonly startTime: number;
  /** Of the JobManager that was asked last. */
  address: string;
  state: FlinkState;
  lastModification: number;
  readonly needs: Set<Need>;
  /** Our clock: until then caches may tell of an earlier life of the job id, so a live run is not asked about. */
  readonly quietUntil: number;
  /**
   * When numRestarts is to be asked again (our clock), and how often: by `CACHE_MS` after a change a question has made the
   * JobManager fetch anew, and the one after that is answered from it.
   */
  restartsAgain?: { readonly at: number; readonly times: number };
  /** Until numRestarts is asked again when there is no answer; doubled each time. */
  waitMs: number;
  /** Our clock: since when metrics may be of an earlier life, until a question `CACHE_MS` later has them fetched anew. */
  doubtedAt: number;
  /** Our clock: when it did. */
  metricsFetchedAt?: number;
  /** Our clock. */
  checkpointsReadAt?: number;
}

export class FetchPlan {
  readonly #startedAt: number;
  readonly #anew: boolean;
  #watches = new Map<string, Watch>();

  /**
   * @param startedAt our clock: of runs that had ended before, most is known
   * @param anew everything is asked for, also what was learned before
   */
  constructor(startedAt: number, anew = false) {
    this.#startedAt = startedAt;
    this.#anew = anew;
  }

  /**
   * Takes a list in; runs that are not in it are forgotten.
   *
   * @param at our clock
   */
  update(listed: readonly { readonly run: Run; readonly job: ListedJob }[], at: number, source: Source): void {
    const watches = new Map<string, Watch>();
    for (const { run, job } of listed) {
      const before = this.#watches.get(keyOf(run));
      const goesOn = before?.startTime === job.startTime && !mayCacheEarlierLife(before, run, job, source);
      const isLearned = before === undefined && !this.#anew && isAllLearned(run, job);
      const watch = goesOn ? before : firstSight(run, job, isLearned ? undefined : this.#firstNeeds(run), at, source);
      if (goesOn) noteChanges(watch, job, at, source);
      const isDue = isEnded(job.state) ? isLastReadDue(watch, run, at) : isCheckpointDue(watch, run, at, source);
      if (isDue) watch.needs.add('checkpoints');
      if (isAskedAgain(watch, at)) watch.needs.add('restarts');
      watches.set(keyOf(run), watch);
    }
    this.#watches = watches;
  }

  /** @param at our clock */
  needs(run: Run, at: number): readonly Need[] {
    const watch = this.#watches.get(keyOf(run));
    return watch === undefined || isQuiet(watch, at) ? [] : [...watch.needs];
  }

  /** Whether nothing is left to be asked for a run. */
  isMet(run: Run): boolean {
    return this.#watches.get(keyOf(run))?.needs.size === 0;
  }

  /**
   * A need was met, or will never be.
   *
   * @param at our clock when it was asked
   * @param told false when the JobManager could not tell yet
   */
  done(run: Run, need: Need, at: number, told = true): void {
    const watch = this.#watches.get(keyOf(run));
    if (watch === undefined) return;
    watch.needs.delete(need);
    if (need === 'checkpoints') watch.checkpointsReadAt = at;
    if (need === 'restarts') noteRestartsAsked(watch, at, told);
  }

  /**
   * Whether metrics that were asked for at this moment (our clock) are of this life of the job id. A JobManager that was
   * a standby before it became the leader may still have those of the life before (seen on 1.20.3), and gets them once
   * more when the leader before it, which it had asked, goes on after a pause (seen on 2.3.0).
   */
  isOfThisLife(run: Run, at: number): boolean {
    const watch = this.#watches.get(keyOf(run));
    if (watch === undefined || !hasEarlierLife(run)) return true;
    return watch.metricsFetchedAt !== undefined && at > watch.metricsFetchedAt;
  }

  /** Something that the list does not show has changed. */
  want(run: Run, need: Need): void {
    this.#watches.get(keyOf(run))?.needs.add(need);
  }

  #firstNeeds(run: Run): readonly Need[] {
    const wasKnown = isSettled(run) && run.decidedAt < this.#startedAt && run.restarts !== undefined;
    if (!wasKnown) return AT_FIRST_SIGHT;
    if (run.state !== 'FAILED') return [];
    // How it failed may have been missed, what a restart would begin from as well.
    const { checkpoints, checkpointConfig } = run;
    return [
      ...(checkpoints !== undefined && checkpointConfig === undefined ? (['checkpoint_config'] as const) : []),
      ...(checkpoints?.readAfterEnd === true ? [] : (['checkpoints'] as const)),
      'exceptions',
    ];
  }
}

/** It has not moved since a flink-medic before this one had read everything of it. */
function isAllLearned(run: Run, job: ListedJob): boolean {
  return run.learnedUpTo === job.lastModification && !isEnded(job.state);
}

/**
 * Whether an answer about checkpoints that was asked for at this moment (our clock) cannot come from a cache that is older
 * than the end of the run.
 */
export function isAfterEnd(run: Run, at: number): boolean {
  return isSettled(run) && run.final !== undefined && at >= run.final.recordedAt + CACHE_MS;
}

/** Another JobManager is asked than before, which may have been the leader of an earlier life, or have shown it. */
function mayCacheEarlierLife(watch: Watch, run: Run, job: ListedJob, { address }: Source): boolean {
  return watch.address !== address && hasEarlierLife(run) && !isEnded(job.state);
}

/** @param needs undefined when all was learned before */
function firstSight(
  run: Run,
  job: ListedJob,
  needs: readonly Need[] | undefined,
  at: number,
  { address }: Source,
): Watch {
  return {
    startTime: job.startTime,
    address,
    state: job.state,
    lastModification: job.lastModification,
    needs: new Set(needs),
    quietUntil: hasEarlierLife(run) ? at + CACHE_MS : at,
    doubtedAt: at,
    waitMs: CACHE_MS,
    // Those of before are due by their interval, as if they had just not been read for long.
    ...(needs === undefined && { checkpointsReadAt: 0 }),
    ...(isEnded(job.state) ? {} : { restartsAgain: { at: at + CACHE_MS, times: 2 } }),
  };
}

function hasEarlierLife({ startTimes, generation }: Run): boolean {
  return startTimes.length > 1 || generation > 1;
}

/** What an ended job tells is asked at once: its JobManager may be gone soon. */
function isQuiet({ state, quietUntil }: Watch, at: number): boolean {
  return at < quietUntil && !isEnded(state);
}

function noteRestartsAsked(watch: Watch, at: number, told: boolean): void {
  if (isEnded(watch.state)) return;
  if (at >= watch.doubtedAt + CACHE_MS) watch.metricsFetchedAt ??= at;
  if (!isAskedAgain(watch, at)) return;
  if (told) watch.waitMs = CACHE_MS;
  const times = (watch.restartsAgain?.times ?? 0) - 1;
  if (times > 0) {
    watch.restartsAgain = { at: at + 1, times };
  } else if (told) {
    delete watch.restartsAgain;
  } else {
    watch.restartsAgain = { at: at + watch.waitMs, times: 2 };
    watch.waitMs = Math.min(2 * watch.waitMs, LONGEST_WAIT_MS);
  }
}

function isAskedAgain({ restartsAgain }: Watch, at: number): boolean {
  return restartsAgain !== undefined && at >= restartsAgain.at;
}

function noteChanges(watch: Watch, job: ListedJob, at: number, { address }: Source): void {
  watch.address = address;
  const entered = job.state !== watch.state;
  const moved = entered || job.lastModification !== watch.lastModification;
  watch.state = job.state;
  watch.lastModification = job.lastModification;
  if (!moved) return;
  if (entered && isEnded(job.state)) {
    // Of an ended job the JobManager has only what it fetched before.
    delete watch.restartsAgain;
    for (const need of AT_THE_END) watch.needs.add(need);
  }
  if (isEnded(job.state)) return;
  watch.needs.add('restarts');
  if (watch.restartsAgain === undefined) {
    watch.doubtedAt = at;
    delete watch.metricsFetchedAt;
  }
  watch.restartsAgain = { at: at + CACHE_MS, times: 2 };
  watch.needs.add('checkpoints');
  if (entered && FAILURE_STATES.includes(job.state)) watch.needs.add('exceptions');
}

/** What was read at the end may be from before it, and a restart begins from the very last snapshot. */
function isLastReadDue({ checkpointsReadAt: readAt }: Watch, run: Run, at: number): boolean {
  if (run.checkpoints === undefined || run.checkpoints.readAfterEnd || readAt === undefined) return false;
  return isAfterEnd(run, at) && !isAfterEnd(run, readAt);
}

/**
 * An overdue one is asked for when it is twice as late as at the last look: a job that hangs costs little, and one that
 * goes on is seen soon.
 */
function isCheckpointDue(watch: Watch, run: Run, at: number, { clockOffsetMs }: Source): boolean {
  const interval = run.checkpointConfig?.intervalMs;
  const readAt = watch.checkpointsReadAt;
  if (interval === undefined || readAt === undefined) return false;
  const last = run.checkpoints?.lastCompleted;
  // A job that came up again begins its interval anew.
  const triggeredAt = Math.max(last?.triggeredAt ?? 0, watch.lastModification) - clockOffsetMs;
  const dueAt = triggeredAt + interval + (last?.durationMs ?? 0);
  const waitMs = Math.min(Math.max(readAt - dueAt, CACHE_MS), LONGEST_WAIT_MS);
  return at >= Math.max(dueAt, readAt + waitMs);
}
