/**
 * All runs of one cluster that are remembered, and the counters of its job names. It takes what the sources say, decides
 * by `identity.ts` which run that is about and by `resolve.ts` what is now true of it, and collects what changed until
 * `drain()` hands it to the ledger and the exposition. No I/O: the observer and the archive loop of the cluster call it.
 *
 * Bounded by `prune`: ended runs outside the retention leave as tombstones. Others sleep when nobody needs them (`sleep`),
 * and wake when they are asked for by id. Tombstones and the counters of names without
 * runs stay in the ledger only and are handed in again through `recall` when an id or a name turns up that is not known.
 */

import { MedicError } from './errors.ts';
import type { ArchiveOutcome, ListedJob } from './facts.ts';
import {
  type CheckpointEvidence,
  continues,
  type Generations,
  isForgotten,
  knownRun,
  placeArchive,
} from './identity.ts';
import { boundLabel } from './label-value.ts';
import { NameBook } from './name-book.ts';
import { countEnded, countVanished, type NameCounters } from './name-counters.ts';
import { RecalledTombstones } from './recalled-tombstones.ts';
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
import { isSettled, keyOf, type Run, type RunEvent, type RunKey, startOf, type Tombstone, tombstoneOf } from './run.ts';
import { eventsOf } from './run-events.ts';
import { withOutcome } from './run-facts.ts';
import { RunIndex } from './run-index.ts';
import { sharedValues } from './shared-values.ts';
import type { SleepingRuns } from './sleeping-run.ts';
import { type ArchivedBy, isEnded } from './states.ts';
import { hasVanished, type ScanEvidence } from './vanished.ts';

/** Of the runs that end; as many as a large cluster has names. */
const MAX_SHARED = 10_000;

/** What changed since the last `drain`. */
export interface Changes {
  readonly cluster: string;
  readonly runs: readonly Run[];
  readonly removed: readonly Tombstone[];
  readonly names: readonly NameCounters[];
  readonly events: readonly RunEvent[];
  readonly placed: readonly { readonly archive: string; readonly run: RunKey }[];
  readonly recoveries: Recoveries;
}

/** Runs lost from sight whose final status an archive told, by where it was found. */
export type Recoveries = Readonly<Record<ArchivedBy, number>>;

/** What a history begins with: from the ledger, or nothing. */
export interface SavedHistory {
  readonly runs: readonly Run[];
  readonly names: readonly NameCounters[];
  /** From 0 when left out. */
  readonly recoveries?: Partial<Recoveries>;
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

export class ClusterHistory {
  readonly cluster: string;
  readonly #runs = new RunIndex();
  readonly #names: NameBook;
  readonly #tombstones = new RecalledTombstones();
  readonly #shared = sharedValues(MAX_SHARED);
  #waiting: WaitingArchive[] = [];
  readonly #foreign: string[] = [];
  #lastObservedAt: number | undefined;
  /** When the live runs that the last list left out were last seen alive, until their JobManager says why. */
  #missing = new Map<string, number>();
  #recoveries: Recoveries;
  readonly #changed = new Map<string, Run>();
  readonly #removed: Tombstone[] = [];
  readonly #events: RunEvent[] = [];
  readonly #placed: { archive: string; run: RunKey }[] = [];

  constructor(cluster: string, saved: SavedHistory) {
    this.cluster = cluster;
    this.#names = new NameBook(cluster, saved.names);
    for (const run of saved.runs) this.#index(undefined, run);
    this.#recoveries = { archive: 0, history_server: 0, ...saved.recoveries };
    this.#lastObservedAt = saved.lastObservedAt;
  }

  get recoveries(): Recoveries {
    return this.#recoveries;
  }

  /** Every remembered run, asleep or not, in no order. */
  runs(): Iterable<Run> {
    return this.#runs.all();
  }

  get liveRuns(): number {
    return this.#runs.liveCount;
  }

  get endedRuns(): number {
    return this.#runs.endedCount;
  }

  /** The runs of one job id, oldest first. */
  generations(jobId: string): readonly Run[] {
    return this.#runs.generations(jobId);
  }

  /** The same, asleep or not. */
  asleepOrNot(jobId: string): readonly Run[] {
    return this.#runs.asleepOrNot(jobId);
  }

  /** The run that a job id means now: the one that has not ended, else the one that began last. */
  newest(jobId: string): Run | undefined {
    const newest = newestOf(this.asleepOrNot(jobId));
    return newest && this.#runs.wake(newest);
  }

  /** Whether its job id means this run now. */
  isNewest(run: Run): boolean {
    return newestOf(this.asleepOrNot(run.jobId)) === run;
  }

  /** A run that is remembered, as it is to be kept: awake. Undefined when the ledger cannot give it back. */
  tryWake(run: Run): Run | undefined {
    try {
      return this.#runs.wake(run);
    } catch (error) {
      if (error instanceof MedicError) return undefined;
      throw error;
    }
  }

  /** Whether all runs of a job id can be had: nothing new is told of it while the ledger cannot give one back. */
  isReadable(jobId: string): boolean {
    return this.asleepOrNot(jobId).every((run) => this.tryWake(run) !== undefined);
  }

  /** The runs of one job name, asleep or not, in no order. */
  runsOf(name: string): ReadonlySet<Run> {
    return this.#runs.runsOf(name);
  }

  names(): Iterable<NameCounters> {
    return this.#names.all();
  }

  /** Whether a name has a run, or its counters are in memory. */
  hasName(name: string): boolean {
    return this.#names.has(name);
  }

  counters(name: string): NameCounters {
    return this.#names.counters(name);
  }

  /**
   * The ids and names among these of which the ledger may know more than we do: load them and `recall`. An id that we
   * know is one of them when the start time is new: it may be that of an older generation that has left.
   */
  strangers(jobs: readonly { readonly jobId: string; readonly name: string; readonly startTime: number }[]): {
    jobIds: string[];
    names: string[];
  } {
    const isKnown = ({ jobId, startTime }: (typeof jobs)[number]): boolean =>
      this.asleepOrNot(jobId).some((run) => run.startTimes.includes(startTime));
    const jobIds = new Set(jobs.filter((job) => !isKnown(job)).map((job) => job.jobId));
    const names = new Set(jobs.map((job) => boundLabel(job.name)).filter((name) => !this.#names.has(name)));
    return { jobIds: [...jobIds], names: [...names] };
  }

  /** Takes back what had left memory. Tombstones are kept until the next `prune` but one. */
  recall(tombstones: readonly Tombstone[], names: readonly NameCounters[]): void {
    for (const stone of tombstones) this.#tombstones.add(stone);
    this.#names.recall(names);
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
    return this.#runs.live().filter((run) => !listed.has(run.jobId));
  }

  /** The answer for a run that was missing from the list. */
  answered(key: RunKey, answer: ByIdAnswer, evidence: CheckpointEvidence, when: Moment): void {
    // With the list it is left out, too.
    if (!this.isReadable(key.jobId)) return;
    // As it is now: an archive may have told of its end while the JobManager was asked.
    const run = this.#runs.find(key);
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
    for (const run of this.#runs.live()) this.#lose(run, 'jobmanager_unreachable', 'unreachable', when);
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
    const run = this.#runs.find(key);
    if (run !== undefined) this.#put(run, learn(run), run.decidedAt);
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
    for (const run of this.#runs.live()) {
      if (!hasVanished(run, scans, graceMs, at)) continue;
      const waits = this.#waiting.some(({ outcome }) => outcome.jobId === run.jobId);
      if (!waits) this.#put(run, end(run, 'VANISHED', 'none', this.#lastAlive(run), 'vanished', at), at);
    }
  }

  /** Removes ended runs for which `leaves` is true; what stays of each is a tombstone. */
  prune(leaves: (run: Run) => boolean): void {
    this.#tombstones.age();
    for (const run of [...this.runs()]) {
      if (run.final === undefined || !leaves(run)) continue;
      this.#runs.replace(run, undefined);
      this.#changed.delete(keyOf(run));
      const stone = tombstoneOf(run);
      this.#removed.push(stone);
      this.#tombstones.add(stone);
    }
  }

  /**
   * Puts ended runs to sleep that were drained, but for those that somebody needs.
   *
   * @param source gives them back: from the ledger, or from what waits to get there
   */
  sleep(isNeeded: (run: Run) => boolean, source: SleepingRuns): void {
    this.#runs.sleep((run) => this.#changed.has(keyOf(run)) || isNeeded(run), source);
  }

  /**
   * Drops the counters of names without runs from memory; the ledger keeps them. Names that were recalled since the last
   * call stay, because whoever recalled them is about to use them.
   *
   * @param keeps names whose counters are needed all the same
   */
  forgetNames(keeps: (name: string) => boolean): void {
    this.#names.forget((name) => this.runsOf(name).size > 0 || keeps(name));
  }

  /** Everything that changed since the last call. */
  drain(): Changes {
    const changes: Changes = {
      cluster: this.cluster,
      runs: [...this.#changed.values()],
      removed: this.#removed.splice(0),
      names: this.#names.drain(),
      events: this.#events.splice(0),
      placed: this.#placed.splice(0),
      recoveries: this.#recoveries,
    };
    this.#changed.clear();
    return changes;
  }

  #see(job: ListedJob, rule: 'listed' | 'missing_found', evidence: CheckpointEvidence, when: Moment): void {
    const generations = this.#generationsOf(job.jobId);
    const known = knownRun(generations, job);
    if (known !== undefined) {
      if (isOfDeposed(known, job, when.at)) return this.#lose(known, 'jobmaster_unreachable', 'deposed', when);
      const after = seen(withPresentLife(known, job.startTime), job, rule, when);
      const others = after.final === undefined ? generations.runs.filter((run) => run !== known) : [];
      for (const other of others) if (other.final === undefined) this.#replaced(other, when);
      return this.#put(known, after, when.at);
    }
    if (isForgotten(generations, job)) return;
    const candidate = this.#mayHaveMoved(job);
    const verdict = candidate === undefined ? 'other' : continues(candidate, job, evidence);
    if (candidate !== undefined && verdict === 'same')
      return this.#put(candidate, seen(candidate, job, rule, when), when.at);
    if (candidate !== undefined && verdict === 'undecided') {
      return this.#lose(candidate, 'jobmaster_unreachable', 'identity_pending', when);
    }
    if (candidate !== undefined && candidate.final === undefined) this.#replaced(candidate, when);
    const run = newRun(this.#nextKey(job.jobId), job, boundLabel(job.name), when.at);
    this.#put(undefined, seen(run, job, rule, when), when.at);
  }

  /** The run under a listed id that may have been taken over, if its start time is new and it has not surely ended. */
  #mayHaveMoved(job: ListedJob): Run | undefined {
    const generations = this.#generationsOf(job.jobId);
    if (knownRun(generations, job) !== undefined) return undefined;
    const newest = this.newest(job.jobId);
    return newest === undefined || isSettled(newest) ? undefined : newest;
  }

  /** Another run has its id now: a cluster never runs one id twice at a time. */
  #replaced(run: Run, { at }: Moment): void {
    this.#put(run, end(run, 'VANISHED', 'none', this.#lastAlive(run), 'replaced', at), at);
  }

  #lose(run: Run, reason: NonNullable<Run['reason']>, rule: Run['rule'], when: Moment): void {
    this.#put(run, lost(run, reason, rule, this.#lastAlive(run), when), when.at);
  }

  #place(archive: WaitingArchive, confirmed: boolean, at: number): Placement {
    const { outcome, path, source } = archive;
    const generations = this.#generationsOf(outcome.jobId);
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
        : (before ?? newRun(this.#nextKey(outcome.jobId), outcome, boundLabel(outcome.name), at));
    const rule = archiveRule(run);
    const ended = end(takeOver(run, outcome), outcome.status, source, outcome.endTime, rule, at);
    this.#put(before, withOutcome(ended, outcome, path), at);
    this.#placed.push({ archive: path, run: { cluster: run.cluster, jobId: run.jobId, generation: run.generation } });
    return 'taken';
  }

  /** What looked like a failover was another submission: the lives up to the one that the archive tells of are a run. */
  #splitOff(run: Run, outcome: ArchiveOutcome, at: number): Run {
    const lives = run.startTimes.indexOf(outcome.startTime) + 1;
    this.#put(run, { ...run, startTimes: run.startTimes.slice(lives) }, at);
    const earlier = newRun(this.#nextKey(run.jobId), { startTime: startOf(run) }, run.name, at);
    return { ...earlier, startTimes: run.startTimes.slice(0, lives), seenAlive: run.seenAlive };
  }

  #lastAlive(run: Run): number {
    const known = run.lostAt ?? run.final?.endTime ?? this.#missing.get(keyOf(run));
    return known ?? Math.max(this.#lastObservedAt ?? 0, startOf(run));
  }

  #generationsOf(jobId: string): Generations {
    return { runs: this.generations(jobId), tombstones: this.#tombstones.of(jobId) };
  }

  #nextKey(jobId: string): RunKey {
    const { runs, tombstones } = this.#generationsOf(jobId);
    // Application mode may give one id to every run for years: more than one call can take as arguments.
    const highest = [...runs, ...tombstones].reduce((most, { generation }) => Math.max(most, generation), 0);
    return { cluster: this.cluster, jobId, generation: highest + 1 };
  }

  /** The one place where a run changes: it counts, writes the audit and marks what the ledger has to store. */
  #put(before: Run | undefined, after: Run, at: number): void {
    if (before === after) return;
    if (after.final !== undefined) this.#shared.share(after);
    this.#index(before, after);
    this.#changed.set(keyOf(after), after);
    for (const event of eventsOf(before, after, at)) {
      this.#events.push(event);
      if (event.kind === 'vanished') this.#names.count(after.name, countVanished);
      if (event.kind === 'ended') this.#countEnd(after);
    }
  }

  #countEnd({ name, final, seenAlive }: Run): void {
    if (final === undefined || !isEnded(final.status)) return;
    const { status, source } = final;
    this.#names.count(name, (counters) => countEnded(counters, status));
    if (seenAlive && (source === 'archive' || source === 'history_server')) {
      this.#recoveries = { ...this.#recoveries, [source]: this.#recoveries[source] + 1 };
    }
  }

  #index(before: Run | undefined, after: Run): void {
    this.#runs.replace(before, after);
    this.#names.enter(after.name);
  }
}

function newestOf(generations: readonly Run[]): Run | undefined {
  // Most have one, and all are asked.
  if (generations.length === 1) return generations[0];
  return generations.findLast((run) => run.final === undefined) ?? generations.at(-1);
}
