/**
 * The history of one cluster. It takes what the sources say, decides by `identity.ts` which run that is about and by
 * `resolve.ts` what is now true of it; `RememberedRuns` keeps the runs and collects what changed. Itself it keeps the
 * archives that wait for the next observation, bounded by the files that are there. No I/O: the observer and the archive
 * loop of the cluster call it.
 */

import type { ArchiveOutcome, ListedJob } from './facts.ts';
import { type CheckpointEvidence, continues, isForgotten, knownRun, placeArchive } from './identity.ts';
import { boundLabel } from './label-value.ts';
import { RememberedRuns, type SavedRuns } from './remembered-runs.ts';
import {
  archiveRule,
  end,
  isOfDeposed,
  lost,
  type Moment,
  newRun,
  seen,
  takeOver,
  withPresentLife,
} from './resolve.ts';
import { isSettled, keyOf, type Run, type RunKey, startOf } from './run.ts';
import { withOutcome } from './run-facts.ts';
import type { ArchivedBy } from './states.ts';
import { hasVanished, type ScanEvidence } from './vanished.ts';

/** What a history begins with: from the ledger, or nothing. */
export interface SavedHistory extends SavedRuns {
  /** When its JobManager was last observed, by its own clock. */
  readonly lastObservedAt?: number;
}

/** The answer of a JobManager that was asked for a run by id. */
export type ByIdAnswer = ListedJob | 'not_found' | 'unanswered';

/** An archive that was read. */
export interface ReadArchive {
  readonly outcome: ArchiveOutcome;
  readonly path: string;
  readonly source: ArchivedBy;
}

interface WaitingArchive extends ReadArchive {
  readonly readAt: number;
}

export type Placement = 'taken' | 'waiting' | 'foreign';

export class ClusterHistory extends RememberedRuns {
  #waiting: WaitingArchive[] = [];
  readonly #foreign: string[] = [];
  #lastObservedAt: number | undefined;
  /** When the live runs that the last list left out were last seen alive, until their JobManager says why. */
  #missing = new Map<string, number>();

  constructor(cluster: string, saved: SavedHistory) {
    super(cluster, saved);
    this.#lastObservedAt = saved.lastObservedAt;
  }

  /** Ids in a list for which `listed` needs to know what their checkpoints say. */
  undecided(jobs: readonly ListedJob[]): string[] {
    return jobs.filter((job) => this.#mayHaveMoved(job)?.checkpoints?.reachedId !== undefined).map((job) => job.jobId);
  }

  /**
   * A JobManager answered with its list.
   *
   * @param evidence the checkpoint statistics of the ids that `undecided` named
   */
  listed(jobs: readonly ListedJob[], evidence: ReadonlyMap<string, CheckpointEvidence>, when: Moment): void {
    for (const job of jobs) this.#see(job, 'listed', evidence.get(job.jobId) ?? 'unavailable', when);
    this.#missing = new Map(this.missing(jobs).map((run) => [keyOf(run), this.#lastAlive(run)]));
    this.#lastObservedAt = when.jobManagerAt;
  }

  /** Known runs that have not ended and are not in this list: each has to be asked for by id. */
  missing(jobs: readonly ListedJob[]): Run[] {
    const listed = new Set(jobs.map((job) => job.jobId));
    return this.live().filter((run) => !listed.has(run.jobId));
  }

  /** The answer for a run that was missing from the list. */
  answered(key: RunKey, answer: ByIdAnswer, evidence: CheckpointEvidence, when: Moment): void {
    // With the list it is left out, too.
    if (!this.isReadable(key.jobId)) return;
    // As it is now: an archive may have told of its end while the JobManager was asked.
    const run = this.find(key);
    if (run === undefined) return;
    if (answer === 'not_found') this.#lose(run, 'not_listed', 'not_listed', when);
    else if (answer === 'unanswered') this.#lose(run, 'jobmaster_unreachable', 'missing_unanswered', when);
    else if (boundLabel(answer.name) !== run.name) {
      // It is another run, and the ledger may have the counters of its name: a list will bring it, and ask for them.
      this.#lose(run, 'jobmaster_unreachable', 'identity_pending', when);
    } else {
      this.#see(answer, 'missing_found', evidence, when);
      this.#missing.delete(keyOf(run));
    }
  }

  /** No JobManager of the cluster answers. */
  unreachable(when: Moment): void {
    for (const run of this.live()) this.#lose(run, 'jobmanager_unreachable', 'unreachable', when);
  }

  /** Ends an observation that began at `startedAt` (our clock): archives that waited for it find their run. */
  observed(startedAt: number, at: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const archive of waiting) {
      if (archive.readAt > startedAt || !this.isReadable(archive.outcome.jobId)) this.#waiting.push(archive);
      else if (this.#place(archive, true, at) === 'foreign') this.#foreign.push(archive.path);
    }
  }

  /** Adds facts to a run; `learn` comes from `run-facts.ts`. Does nothing when the run left meanwhile. */
  learn(key: RunKey, learn: (run: Run) => Run): void {
    const run = this.find(key);
    if (run !== undefined) this.put(run, learn(run), run.decidedAt);
  }

  /** An archive was read. `waiting`: the next `observed` decides. `foreign`: it belongs to another cluster. */
  archived(archive: ReadArchive, at: number): Placement {
    return this.#place({ ...archive, readAt: at }, false, at);
  }

  /** Archives that turned out to be another cluster's since the last call. */
  takeForeign(): string[] {
    return this.#foreign.splice(0);
  }

  /** Decides which missed runs have vanished: `hasVanished`, and no archive of theirs waits. */
  settle(scans: readonly (ScanEvidence | undefined)[], graceMs: number, at: number): void {
    for (const run of this.live()) {
      if (!hasVanished(run, scans, graceMs, at)) continue;
      const waits = this.#waiting.some(({ outcome }) => outcome.jobId === run.jobId);
      if (!waits) this.put(run, end(run, 'VANISHED', 'none', this.#lastAlive(run), 'vanished', at), at);
    }
  }

  #see(job: ListedJob, rule: 'listed' | 'missing_found', evidence: CheckpointEvidence, when: Moment): void {
    const generations = this.generationsOf(job.jobId);
    const known = knownRun(generations, job);
    if (known !== undefined) {
      if (isOfDeposed(known, job, when.at)) return this.#lose(known, 'jobmaster_unreachable', 'deposed', when);
      const after = seen(withPresentLife(known, job.startTime), job, rule, when);
      const others = after.final === undefined ? generations.runs.filter((run) => run !== known) : [];
      for (const other of others) if (other.final === undefined) this.#replaced(other, when);
      return this.put(known, after, when.at);
    }
    if (isForgotten(generations, job)) return;
    const candidate = this.#mayHaveMoved(job);
    const verdict = candidate === undefined ? 'other' : continues(candidate, job, evidence);
    if (candidate !== undefined && verdict === 'same')
      return this.put(candidate, seen(candidate, job, rule, when), when.at);
    if (candidate !== undefined && verdict === 'undecided') {
      return this.#lose(candidate, 'jobmaster_unreachable', 'identity_pending', when);
    }
    if (candidate !== undefined && candidate.final === undefined) this.#replaced(candidate, when);
    const run = newRun(this.nextKey(job.jobId), job, boundLabel(job.name), when.at);
    this.put(undefined, seen(run, job, rule, when), when.at);
  }

  /** The run under a listed id that may have been taken over, if its start time is new and it has not surely ended. */
  #mayHaveMoved(job: ListedJob): Run | undefined {
    const generations = this.generationsOf(job.jobId);
    if (knownRun(generations, job) !== undefined) return undefined;
    const newest = this.newest(job.jobId);
    return newest === undefined || isSettled(newest) ? undefined : newest;
  }

  /** Another run has its id now: a cluster never runs one id twice at a time. */
  #replaced(run: Run, { at }: Moment): void {
    this.put(run, end(run, 'VANISHED', 'none', this.#lastAlive(run), 'replaced', at), at);
  }

  #lose(run: Run, reason: NonNullable<Run['reason']>, rule: Run['rule'], when: Moment): void {
    this.put(run, lost(run, reason, rule, this.#lastAlive(run), when), when.at);
  }

  #place(archive: WaitingArchive, confirmed: boolean, at: number): Placement {
    const { outcome, path, source } = archive;
    const generations = this.generationsOf(outcome.jobId);
    const place = placeArchive(generations, outcome, (run) => this.#lastAlive(run), confirmed);
    if (place.kind === 'foreign') return 'foreign';
    if (place.kind === 'wait') {
      // Offered again, it still waits since it was first read.
      if (!this.#waiting.some((other) => other.path === path)) this.#waiting.push(archive);
      return 'waiting';
    }
    if (place.kind === 'forgotten') return 'taken';
    const before = place.kind === 'run' ? place.run : undefined;
    const run =
      place.kind === 'earlier'
        ? this.#splitOff(place.run, outcome, at)
        : (before ?? newRun(this.nextKey(outcome.jobId), outcome, boundLabel(outcome.name), at));
    const rule = archiveRule(run);
    const ended = end(takeOver(run, outcome), outcome.status, source, outcome.endTime, rule, at);
    this.put(before, withOutcome(ended, outcome, path), at);
    this.placed(path, run);
    return 'taken';
  }

  /** What looked like a failover was another submission: the lives up to the one that the archive tells of are a run. */
  #splitOff(run: Run, outcome: ArchiveOutcome, at: number): Run {
    const lives = run.startTimes.indexOf(outcome.startTime) + 1;
    this.put(run, { ...run, startTimes: run.startTimes.slice(lives) }, at);
    const earlier = newRun(this.nextKey(run.jobId), { startTime: startOf(run) }, run.name, at);
    return { ...earlier, startTimes: run.startTimes.slice(0, lives), seenAlive: run.seenAlive };
  }

  #lastAlive(run: Run): number {
    const known = run.lostAt ?? run.final?.endTime ?? this.#missing.get(keyOf(run));
    return known ?? Math.max(this.#lastObservedAt ?? 0, startOf(run));
  }
}
