/**
 * All runs of one cluster that are remembered, and the counters of its job names. It takes what the sources say, decides
 * by `identity.ts` which run that is about and by `resolve.ts` what is now true of it, and collects what changed until
 * `drain()` hands it to the ledger and the exposition. No I/O: the observer and the archive loop of the cluster call it.
 *
 * Bounded by `prune`: ended runs outside the retention leave as tombstones. Tombstones and the counters of names without
 * runs stay in the ledger only and are handed in again through `recall` when an id or a name turns up that is not known.
 */

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
import { countEnded, countVanished, type NameCounters, noCounts } from './name-counters.ts';
import { archiveRule, end, lost, type Moment, newRun, seen, takeOver } from './resolve.ts';
import { type Run, type RunEvent, type RunKey, isSettled, lastStartOf, startOf, type Tombstone } from './run.ts';
import { withOutcome } from './run-facts.ts';
import { type EndedStatus, isEnded } from './states.ts';

/** What changed since the last `drain`. */
export interface Changes {
  readonly cluster: string;
  readonly runs: readonly Run[];
  readonly removed: readonly Tombstone[];
  readonly names: readonly NameCounters[];
  readonly events: readonly RunEvent[];
  readonly placed: readonly { readonly archive: string; readonly run: RunKey }[];
  readonly recoveries: number;
}

/** What a history begins with: from the ledger, or nothing. */
export interface SavedHistory {
  readonly runs: readonly Run[];
  readonly names: readonly NameCounters[];
  readonly recoveries: number;
  /** When its JobManager was last observed, by its own clock. */
  readonly lastObservedAt?: number;
}

/** The last scan of one archive folder. Times are our clock. */
export interface ScanEvidence {
  readonly startedAt: number;
  /** Every folder could be listed. */
  readonly complete: boolean;
  /** Ids with a file that could not be read to an outcome, or whose outcome belongs to nobody. */
  readonly doubtfulJobIds: ReadonlySet<string>;
}

/** The answer of a JobManager that was asked for a run by id. */
export type ByIdAnswer = ListedJob | 'not_found' | 'unanswered';

interface WaitingArchive {
  readonly outcome: ArchiveOutcome;
  readonly path: string;
  readonly readAt: number;
}

export type Placement = 'taken' | 'waiting' | 'foreign';

export class ClusterHistory {
  readonly cluster: string;
  readonly #byId = new Map<string, Run[]>();
  readonly #byName = new Map<string, Set<Run>>();
  /** Runs without a final status. */
  readonly #live = new Set<Run>();
  readonly #names = new Map<string, NameCounters>();
  /** Names recalled since the last `forgetNames`. */
  readonly #usedNames = new Set<string>();
  /** Those of since the last `prune`, and of since the one before: others may drain between `recall` and its use. */
  #tombstones = new Map<string, readonly Tombstone[]>();
  #olderTombstones: ReadonlyMap<string, readonly Tombstone[]> = new Map();
  #waiting: WaitingArchive[] = [];
  readonly #foreign: string[] = [];
  #lastObservedAt: number | undefined;
  /** When the live runs that the last list left out were last seen alive, until their JobManager says why. */
  #missing = new Map<string, number>();
  #recoveries: number;
  readonly #changed = new Map<string, Run>();
  readonly #changedNames = new Set<string>();
  readonly #removed: Tombstone[] = [];
  readonly #events: RunEvent[] = [];
  readonly #placed: { archive: string; run: RunKey }[] = [];

  constructor(cluster: string, saved: SavedHistory) {
    this.cluster = cluster;
    for (const run of saved.runs) this.#index(undefined, run);
    for (const counters of saved.names) this.#names.set(counters.name, counters);
    this.#recoveries = saved.recoveries;
    this.#lastObservedAt = saved.lastObservedAt;
  }

  /** Runs lost from sight whose final status an archive told. */
  get recoveries(): number {
    return this.#recoveries;
  }

  /** Every remembered run, in no order. */
  *runs(): Generator<Run> {
    for (const generations of this.#byId.values()) yield* generations;
  }

  /** The runs of one job id, oldest first. */
  generations(jobId: string): readonly Run[] {
    return this.#byId.get(jobId) ?? [];
  }

  /** The run that a job id means now: the one that has not ended, else the one that began last. */
  newest(jobId: string): Run | undefined {
    const generations = this.generations(jobId);
    return generations.findLast((run) => run.final === undefined) ?? generations.at(-1);
  }

  /** The runs of one job name, in no order. */
  runsOf(name: string): ReadonlySet<Run> {
    return this.#byName.get(name) ?? new Set();
  }

  names(): Iterable<NameCounters> {
    return this.#names.values();
  }

  counters(name: string): NameCounters {
    return this.#names.get(name) ?? noCounts(this.cluster, name);
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
      this.generations(jobId).some((run) => run.startTimes.includes(startTime));
    const jobIds = new Set(jobs.filter((job) => !isKnown(job)).map((job) => job.jobId));
    const names = new Set(jobs.map((job) => boundLabel(job.name)).filter((name) => !this.#names.has(name)));
    return { jobIds: [...jobIds], names: [...names] };
  }

  /** Takes back what had left memory. Tombstones are kept until the next `prune` but one. */
  recall(tombstones: readonly Tombstone[], names: readonly NameCounters[]): void {
    for (const stone of tombstones) this.#bury(stone);
    for (const counters of names) {
      this.#usedNames.add(counters.name);
      if (!this.#names.has(counters.name)) this.#names.set(counters.name, counters);
    }
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
    return [...this.#live].filter((run) => !listed.has(run.jobId));
  }

  /** The answer for a run that was missing from the list. */
  answered(key: RunKey, answer: ByIdAnswer, evidence: CheckpointEvidence, when: Moment): void {
    // As it is now: an archive may have told of its end while the JobManager was asked.
    const run = this.#find(key);
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
    for (const run of [...this.#live]) this.#lose(run, 'jobmanager_unreachable', 'unreachable', when);
  }

  /** Ends an observation that began at `startedAt` (our clock): archives that waited for it find their run. */
  observed(startedAt: number, at: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const archive of waiting) {
      if (archive.readAt > startedAt) this.#waiting.push(archive);
      else if (this.#place(archive, true, at) === 'foreign') this.#foreign.push(archive.path);
    }
  }

  /** Adds facts to a run; `learn` comes from `run-facts.ts`. Does nothing when the run left meanwhile. */
  learn(key: RunKey, learn: (run: Run) => Run): void {
    const run = this.#find(key);
    if (run !== undefined) this.#put(run, learn(run), run.decidedAt);
  }

  /** An archive was read. `waiting`: the next `observed` decides. `foreign`: it belongs to another cluster. */
  archived(outcome: ArchiveOutcome, path: string, at: number): Placement {
    return this.#place({ outcome, path, readAt: at }, false, at);
  }

  /** Archives that turned out to be another cluster's since the last call. */
  takeForeign(): string[] {
    return this.#foreign.splice(0);
  }

  /**
   * Decides which missed runs have vanished: missed for longer than the grace time, and every archive of the cluster
   * completely scanned since then without a doubtful file of that id.
   */
  settle(scans: readonly (ScanEvidence | undefined)[], graceMs: number, at: number): void {
    for (const run of [...this.#live]) {
      const missedAt = run.missedAt;
      if (missedAt === undefined || at - missedAt < graceMs) continue;
      const searched = scans.every(
        (scan) => scan?.complete === true && scan.startedAt > missedAt && !scan.doubtfulJobIds.has(run.jobId),
      );
      const waits = this.#waiting.some(({ outcome }) => outcome.jobId === run.jobId);
      if (searched && !waits) this.#put(run, end(run, 'VANISHED', 'none', this.#lastAlive(run), 'vanished', at), at);
    }
  }

  /** Removes ended runs for which `leaves` is true; what stays of each is a tombstone. */
  prune(leaves: (run: Run) => boolean): void {
    this.#olderTombstones = this.#tombstones;
    this.#tombstones = new Map();
    for (const run of [...this.runs()]) {
      if (run.final === undefined || !leaves(run)) continue;
      this.#index(run, undefined);
      this.#changed.delete(keyOf(run));
      const { cluster, jobId, generation, startTimes } = run;
      const stone = { cluster, jobId, generation, startTimes, endTime: run.final.endTime, status: run.final.status };
      this.#removed.push(stone);
      this.#bury(stone);
    }
  }

  /**
   * Drops the counters of names without runs from memory; the ledger keeps them. Names that were recalled since the last
   * call stay, because whoever recalled them is about to use them.
   *
   * @param keeps names whose counters are needed all the same
   */
  forgetNames(keeps: (name: string) => boolean): void {
    for (const name of [...this.#names.keys()]) {
      const used = this.#byName.has(name) || this.#changedNames.has(name) || this.#usedNames.has(name);
      if (!used && !keeps(name)) this.#names.delete(name);
    }
    this.#usedNames.clear();
  }

  /** Everything that changed since the last call. */
  drain(): Changes {
    const changes: Changes = {
      cluster: this.cluster,
      runs: [...this.#changed.values()],
      removed: this.#removed.splice(0),
      names: [...this.#changedNames].map((name) => this.counters(name)),
      events: this.#events.splice(0),
      placed: this.#placed.splice(0),
      recoveries: this.#recoveries,
    };
    this.#changed.clear();
    this.#changedNames.clear();
    return changes;
  }

  #see(job: ListedJob, rule: 'listed' | 'missing_found', evidence: CheckpointEvidence, when: Moment): void {
    const generations = this.#generationsOf(job.jobId);
    const known = knownRun(generations, job);
    if (known !== undefined) return this.#put(known, seen(known, job, rule, when), when.at);
    if (isForgotten(generations, job)) return;
    const candidate = this.#mayHaveMoved(job);
    const verdict = candidate === undefined ? 'other' : continues(candidate, job, evidence);
    if (candidate !== undefined && verdict === 'same')
      return this.#put(candidate, seen(candidate, job, rule, when), when.at);
    if (candidate !== undefined && verdict === 'undecided') {
      return this.#lose(candidate, 'jobmaster_unreachable', 'identity_pending', when);
    }
    if (candidate !== undefined && candidate.final === undefined) {
      this.#put(
        candidate,
        end(candidate, 'VANISHED', 'none', this.#lastAlive(candidate), 'replaced', when.at),
        when.at,
      );
    }
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

  #lose(run: Run, reason: NonNullable<Run['reason']>, rule: Run['rule'], when: Moment): void {
    this.#put(run, lost(run, reason, rule, this.#lastAlive(run), when), when.at);
  }

  #place(archive: WaitingArchive, confirmed: boolean, at: number): Placement {
    const { outcome, path } = archive;
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
    const ended = end(takeOver(run, outcome), outcome.status, 'archive', outcome.endTime, rule, at);
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
    const tombstones = [this.#tombstones, this.#olderTombstones].flatMap((stones) => stones.get(jobId) ?? []);
    return { runs: this.generations(jobId), tombstones };
  }

  #bury(stone: Tombstone): void {
    const others = this.#tombstones.get(stone.jobId)?.filter(({ generation }) => generation !== stone.generation);
    this.#tombstones.set(stone.jobId, [...(others ?? []), stone]);
  }

  #nextKey(jobId: string): RunKey {
    const { runs, tombstones } = this.#generationsOf(jobId);
    const highest = Math.max(0, ...[...runs, ...tombstones].map(({ generation }) => generation));
    return { cluster: this.cluster, jobId, generation: highest + 1 };
  }

  #find(key: RunKey): Run | undefined {
    return this.generations(key.jobId).find((run) => run.generation === key.generation);
  }

  /** The one place where a run changes: it counts, writes the audit and marks what the ledger has to store. */
  #put(before: Run | undefined, after: Run, at: number): void {
    if (before === after) return;
    this.#index(before, after);
    this.#changed.set(keyOf(after), after);
    if (before === undefined) this.#note(after, 'seen', after.state, at);
    if (before !== undefined && after.failovers > before.failovers) {
      this.#note(after, 'failover', `taken over, start time ${String(after.startTimes.at(-1))}`, at);
    }
    if (before?.final !== undefined && after.final === undefined) this.#note(after, 'returned', after.state, at);
    if (after.countedVanished && before?.countedVanished !== true) {
      this.#count(after.name, countVanished);
      this.#note(after, 'vanished', 'VANISHED', at);
    }
    const status = after.final?.status;
    if (status !== undefined && isEnded(status) && (before === undefined || !isSettled(before))) {
      this.#ended(after, status, at);
    }
  }

  #ended(run: Run, status: EndedStatus, at: number): void {
    this.#count(run.name, (counters) => countEnded(counters, status));
    this.#note(run, 'ended', `${status}, source ${run.final?.source ?? 'none'}`, at);
    if (run.seenAlive && run.final?.source === 'archive') this.#recoveries += 1;
  }

  #count(name: string, change: (counters: NameCounters) => NameCounters): void {
    this.#names.set(name, change(this.counters(name)));
    this.#changedNames.add(name);
  }

  #note(run: Run, kind: RunEvent['kind'], detail: string, at: number): void {
    const { cluster, jobId, generation, rule } = run;
    this.#events.push({ cluster, jobId, generation, rule, at, kind, detail });
  }

  #index(before: Run | undefined, after: Run | undefined): void {
    const jobId = (after ?? before)?.jobId ?? '';
    const others = this.generations(jobId).filter((run) => run !== before);
    const generations =
      after === undefined ? others : [...others, after].toSorted((a, b) => lastStartOf(a) - lastStartOf(b));
    if (generations.length === 0) this.#byId.delete(jobId);
    else this.#byId.set(jobId, generations);
    if (before !== undefined) {
      this.#live.delete(before);
      const group = this.#byName.get(before.name);
      group?.delete(before);
      if (group?.size === 0) this.#byName.delete(before.name);
    }
    if (after !== undefined) {
      if (after.final === undefined) this.#live.add(after);
      const group = this.#byName.get(after.name);
      if (group === undefined) this.#byName.set(after.name, new Set([after]));
      else group.add(after);
      if (!this.#names.has(after.name)) this.#names.set(after.name, noCounts(this.cluster, after.name));
    }
  }
}

/** A text that names a run within its cluster. */
export function keyOf(run: Pick<RunKey, 'jobId' | 'generation'>): string {
  return `${run.jobId}/${String(run.generation)}`;
}
