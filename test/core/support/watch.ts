/**
 * Tells a history what the sources say, in the order in which the observer and the archive loop do it
 * (`src/observe/cluster-observer.ts`, `src/app/archive-unit.ts`), with clocks that the test moves.
 */

import {
  type ByIdAnswer,
  ClusterHistory,
  type Placement,
  type SavedHistory,
} from '../../../src/core/cluster-history.ts';
import type { ArchiveOutcome, CheckpointStatistics, ListedJob } from '../../../src/core/facts.ts';
import type { CheckpointEvidence } from '../../../src/core/identity.ts';
import type { Moment } from '../../../src/core/resolve.ts';
import type { NameCounters } from '../../../src/core/name-counters.ts';
import { keyOf, type Run, type RunEvent, type RunKey, startOf, type Tombstone } from '../../../src/core/run.ts';
import { sleepingRuns } from '../../../src/core/sleeping-run.ts';
import { withCheckpoints } from '../../../src/core/run-facts.ts';
import { JOB_ID } from './facts.ts';

/** The JobManager's clock is ahead of ours by this much, so that a test notices when the two are mixed up. */
export const OFFSET_MS = 3_600_000;
export const GRACE_MS = 60_000;

export interface Observation {
  /** By job id; `not_found` where left out. */
  readonly byId?: Readonly<Record<string, ByIdAnswer>>;
  /** By job id; `unavailable` where left out. */
  readonly checkpoints?: Readonly<Record<string, CheckpointEvidence>>;
}

export class Watch {
  history = new ClusterHistory('prod', { runs: [], names: [] });
  /** The JobManager's clock. */
  now = 0;
  /** What was drained, as the ledger keeps it. */
  readonly stored = new Map<string, Run>();
  readonly tombstones: Tombstone[] = [];
  readonly events: RunEvent[] = [];
  readonly #names = new Map<string, NameCounters>();
  #recoveries: SavedHistory['recoveries'];
  #lastObservedAt: number | undefined;

  /** Our clock. */
  get at(): number {
    return this.now - OFFSET_MS;
  }

  get moment(): Moment {
    return { at: this.at, jobManagerAt: this.now };
  }

  /** One whole observation of a JobManager that answers. */
  observe(now: number, jobs: readonly ListedJob[], { byId = {}, checkpoints = {} }: Observation = {}): void {
    this.now = now;
    this.#recall(jobs);
    const undecided = this.history.undecided(jobs);
    const evidence = new Map(undecided.map((id) => [id, checkpoints[id] ?? 'unavailable'] as const));
    this.history.listed(jobs, evidence, this.moment);
    for (const run of this.history.missing(jobs)) {
      const answer = byId[run.jobId] ?? 'not_found';
      this.history.answered(run, answer, checkpoints[run.jobId] ?? 'unavailable', this.moment);
    }
    this.history.observed(this.at, this.at);
    this.#lastObservedAt = now;
  }

  /** An observation that no JobManager answered. */
  unreachable(now: number): void {
    this.now = now;
    this.history.unreachable(this.moment);
    this.history.observed(this.at, this.at);
  }

  /** The archive loop reads a file. */
  archive(now: number, outcome: ArchiveOutcome, path = `/archive/${outcome.jobId}`): Placement {
    this.now = now;
    this.#recall([outcome]);
    return this.history.archived({ outcome, path, source: 'archive' }, this.at);
  }

  /** The observer settles after a scan that began a moment ago. */
  settle(now: number, { complete = true, doubtful = [] as string[], asOf = now - OFFSET_MS - 1 } = {}): void {
    this.now = now;
    this.history.settle([{ asOf, complete, doubtfulJobIds: new Set(doubtful) }], GRACE_MS, this.at);
  }

  learnCheckpoints(numbers: CheckpointStatistics, run = this.only()): void {
    this.history.learn(run, (known) => withCheckpoints(known, numbers, false));
  }

  /** All runs, oldest first. */
  runs(): Run[] {
    return [...this.history.runs()].toSorted((a, b) => startOf(a) - startOf(b));
  }

  /** The one run of a job id. */
  only(jobId = JOB_ID): Run {
    const [run, ...others] = this.history.generations(jobId);
    if (run === undefined || others.length > 0) throw new Error(`${String(others.length + 1)} runs, one is expected`);
    return run;
  }

  /** Ended runs that were counted for a name, by status. */
  ended(name = 'orders'): Partial<NameCounters['ended']> {
    return Object.fromEntries(Object.entries(this.history.counters(name).ended).filter(([, count]) => count > 0));
  }

  /** What changed goes into the ledger. */
  drain(): void {
    const changes = this.history.drain();
    for (const run of changes.runs) this.stored.set(keyOf(run), run);
    for (const stone of changes.removed) {
      this.stored.delete(keyOf(stone));
      this.tombstones.push(stone);
    }
    for (const counters of changes.names) this.#names.set(counters.name, counters);
    this.events.push(...changes.events);
    this.#recoveries = changes.recoveries;
  }

  /** What ended leaves memory but for what tells runs apart. */
  sleep(): void {
    this.drain();
    const read = (key: RunKey): Run => {
      const run = this.stored.get(keyOf(key));
      if (run === undefined) throw new Error(`${keyOf(key)} was read, and is not in the ledger`);
      return JSON.parse(JSON.stringify(run)) as Run;
    };
    this.history.sleep(() => false, sleepingRuns(read));
  }

  /** flink-medic stops and starts again: what the ledger has is all that the next process knows. */
  restart(): void {
    this.drain();
    const runs = [...this.stored.values()];
    const names = [...this.#names.values()].filter(({ name }) => runs.some((run) => run.name === name));
    const saved = JSON.parse(JSON.stringify({ runs, names, recoveries: this.#recoveries })) as SavedHistory;
    this.history = new ClusterHistory('prod', {
      ...saved,
      ...(this.#lastObservedAt === undefined ? {} : { lastObservedAt: this.#lastObservedAt }),
    });
  }

  #recall(jobs: readonly { jobId: string; name: string; startTime: number }[]): void {
    const { jobIds, names } = this.history.strangers(jobs);
    this.history.recall(
      this.tombstones.filter(({ jobId }) => jobIds.includes(jobId)),
      [...this.#names.values()].filter(({ name }) => names.includes(name)),
    );
  }
}
