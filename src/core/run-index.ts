/**
 * The runs of one cluster, found by job id, by name and by being live. What is found by id is awake: it may change. Decides
 * nothing and counts nothing; as large as its `ClusterHistory` lets it become.
 */

import { lastStartOf, type Run, type RunKey } from './run.ts';
import { awake, isAsleep, type SleepingRuns } from './sleeping-run.ts';

export class RunIndex {
  readonly #byId = new Map<string, readonly Run[]>();
  readonly #byName = new Map<string, Set<Run>>();
  readonly #live = new Set<Run>();
  #size = 0;

  /** Every run, asleep or not, in no order. */
  *all(): Generator<Run> {
    for (const generations of this.#byId.values()) yield* generations;
  }

  /** Runs without a final status: as they are now, whatever changes while they are gone through. */
  live(): Run[] {
    return [...this.#live];
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get endedCount(): number {
    return this.#size - this.#live.size;
  }

  /** The runs of one job id, by their last start. */
  generations(jobId: string): readonly Run[] {
    for (const run of this.asleepOrNot(jobId)) this.wake(run);
    return this.asleepOrNot(jobId);
  }

  /** As `generations`, without waking any. */
  asleepOrNot(jobId: string): readonly Run[] {
    return this.#byId.get(jobId) ?? [];
  }

  find({ jobId, generation }: RunKey): Run | undefined {
    const run = this.asleepOrNot(jobId).find((other) => other.generation === generation);
    return run && this.wake(run);
  }

  /** Puts a sleeping run that is here back as a whole. @throws what its source throws */
  wake(run: Run): Run {
    if (!isAsleep(run)) return run;
    const whole = awake(run);
    this.replace(run, whole);
    return whole;
  }

  /** Puts all that are awake to sleep, but for live runs and those that somebody needs. */
  sleep(isNeeded: (run: Run) => boolean, source: SleepingRuns): void {
    for (const run of this.all()) {
      if (run.final === undefined || isAsleep(run) || isNeeded(run)) continue;
      const { cluster, jobId, generation, name, startTimes, final, archive } = run;
      this.replace(run, source.asleep({ cluster, jobId, generation, name, startTimes, final, archive }));
    }
  }

  /** The runs of one job name, asleep or not, in no order. */
  runsOf(name: string): ReadonlySet<Run> {
    return this.#byName.get(name) ?? new Set();
  }

  /** Puts `after` where `before` was; without the one it adds, without the other it removes. */
  replace(before: Run | undefined, after: Run | undefined): void {
    const jobId = (after ?? before)?.jobId ?? '';
    this.#size += Number(after !== undefined) - Number(before !== undefined);
    const others = this.asleepOrNot(jobId).filter((run) => run !== before);
    const generations = after === undefined ? others : [...others, after];
    if (generations.length > 1) generations.sort((a, b) => lastStartOf(a) - lastStartOf(b));
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
    }
  }
}
