/**
 * Applies the retention once a minute: which runs leave memory and ledger, what else is forgotten, and when the clock is not
 * believed. Keeps the clusters that it has warned of, and since when it doubts the clock. Made by `Fleet`.
 */

import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type ClockSteps, clockSteps } from '../core/clock-steps.ts';
import type { Clock, Timers } from '../core/clock.ts';
import { type Repeat, repeat } from '../core/repeat.ts';
import type { Run } from '../core/run.ts';
import type { Recorder } from '../ledger/recorder.ts';
import type { ArchiveUnit } from './archive-unit.ts';
import type { ClusterUnit } from './cluster-unit.ts';
import { maxEndedRuns, outsideRetention, tooManyEnded } from './retention.ts';
import type { RunMemory } from './run-memory.ts';
import { retentionDelayMs } from './start-order.ts';

const INTERVAL_MS = 60_000;
/** A clock that is set further forward is not believed for so long. */
const DOUBTED_MS = 3_600_000;

export interface FleetRetentionOptions {
  /** As it is now: a reload may change it. */
  readonly config: () => Config;
  readonly clusters: () => readonly ClusterUnit[];
  readonly archives: () => readonly ArchiveUnit[];
  /** Whether `archives` are all that the clusters use. */
  readonly areAllFoldersKnown: () => boolean;
  readonly memory: RunMemory;
  readonly recorder: Recorder;
  /** Deletes what else is outside the retention: audit entries of before this moment, our clock. */
  readonly prune: (olderThan: number) => Promise<void>;
  /** Whether an incident refers to a run, so that it has to stay. */
  readonly isReferred: (run: Run) => boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class FleetRetention {
  readonly #options: FleetRetentionOptions;
  /** Names of clusters that have more ended runs than are remembered. */
  readonly #overfull = new Set<string>();
  readonly #steps: ClockSteps;
  /** By how much the clock was set forward that is not believed. */
  #aheadMs = 0;
  /** Monotonic. */
  #doubtedUntil = Number.NEGATIVE_INFINITY;
  #loop: Repeat | undefined;

  constructor(options: FleetRetentionOptions) {
    this.#options = options;
    this.#steps = clockSteps(options.clock);
  }

  start(): void {
    const { clusters, clock, timers, log } = this.#options;
    const endedRuns = clusters().reduce((sum, { history }) => sum + history.endedRuns, 0);
    this.#loop ??= repeat({
      delayMs: retentionDelayMs(endedRuns),
      intervalMs: () => INTERVAL_MS,
      task: () => this.#apply(),
      failed: (error) => log.error({ err: error }, 'the retention could not be applied'),
      clock,
      timers,
    });
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  async #apply(): Promise<void> {
    // A run may only leave memory when its tombstone is stored: else its archive would make it a new run.
    const { memory, recorder, clock, isReferred, clusters, archives, areAllFoldersKnown } = this.#options;
    if (!recorder.writable) return;
    const isDoubtful = this.#isClockDoubtful();
    const config = this.#options.config();
    const retention = isDoubtful ? { ...config.retention, endedRunsMs: Infinity } : config.retention;
    for (const unit of clusters()) {
      const outside = outsideRetention(unit, retention);
      const tooMany = this.#tooMany(unit);
      await unit.prune((run) => (tooMany.has(run) || (outside.has(run) && !this.#isArchived(run))) && !isReferred(run));
      // All its runs were gone through, more than ten milliseconds of a large cluster.
      await setImmediate();
    }
    if (isDoubtful) return;
    const { endedRunsMs } = retention;
    await memory.forgetUnused(() => ({
      // As it is by then: a reload may have come between.
      clusters: new Set(this.#options.config().clusters.map(({ name }) => name)),
      // While somebody's folders are not known, any may be among them.
      folders: areAllFoldersKnown() ? new Set(archives().map(({ path }) => path)) : undefined,
      isReferred,
      at: clock.now(),
      since: clock.now() - endedRunsMs,
    }));
    await recorder.commit();
    await this.#options.prune(clock.now() - endedRunsMs);
  }

  /** What leaves cannot come back, so a clock that was set far forward is believed only when it has stayed so. */
  #isClockDoubtful(): boolean {
    const { clock, log } = this.#options;
    const step = this.#steps();
    const isDoubtful = (): boolean => clock.monotonic() < this.#doubtedUntil;
    if (step !== 0) {
      // Set right by seconds, it is as far ahead as it was.
      this.#aheadMs = (isDoubtful() ? this.#aheadMs : 0) + step;
      this.#doubtedUntil = this.#aheadMs > DOUBTED_MS ? clock.monotonic() + DOUBTED_MS : Number.NEGATIVE_INFINITY;
    }
    if (step > 0 && isDoubtful()) {
      const seconds = Math.round(step / 1000);
      log.warn({ seconds }, 'the clock was set forward: for an hour nothing leaves for its age');
    }
    // What was too old to be exported no longer is.
    if (step < 0) for (const unit of this.#options.clusters()) unit.show();
    return isDoubtful();
  }

  /** As `tooManyEnded`; said once, until it is over. */
  #tooMany(unit: ClusterUnit): ReadonlySet<Run> {
    const { maxJobs } = this.#options.config().observe;
    const tooMany = tooManyEnded(unit.history, maxJobs);
    if (tooMany.size > 0 && !this.#overfull.has(unit.name)) {
      const fields = { flink_cluster: unit.name, limit: maxEndedRuns(maxJobs) };
      this.#options.log.warn(
        fields,
        'a cluster has too many ended runs: the oldest leave before retention.ended_runs lets them',
      );
    }
    if (tooMany.size > 0) this.#overfull.add(unit.name);
    else this.#overfull.delete(unit.name);
    return tooMany;
  }

  /** It is shown as long as its archive is there. */
  #isArchived(run: Run): boolean {
    const path = run.archive;
    return path !== undefined && this.#options.archives().some((archive) => archive.mayHave(path));
  }
}
