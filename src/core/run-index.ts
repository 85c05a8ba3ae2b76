/**
 * The runs of one cluster, found by job id, by name and by being live. What is found by id is awake: it may change. Decides
 * nothing and counts nothing; as large as its `RememberedRuns` lets it become.
 */

import { lastStartOf, type Run, type RunKey } from './run.ts';
import { awake, isAsleep, type SleepingRuns } from './sleeping-run.ts';

export class RunIndex {
  /** Most ids have one run, which then stands for the list of it. */
  readonly #byId = new Map<string, Run | readonly Run[]>();
  readonly #byName = new Map<string, Set<Run>>();
  readonly #live = new Set<Run>();
  #size = 0;

  /** Every run, asleep or not, in no order. */
  *all(): Generator<Run> {
    for (const known of this.#byId.values()) {
      if (isList(known)) yield* known;
      else yield known;
    }
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
    const known = this.#byId.get(jobId);
    if (known === undefined) return [];
    return isList(known) ? known : [known];
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
      const [start] = startTimes;
      const starts = startTimes.length > 1 || start === undefined ? startTimes : start;
      this.replace(run, source.asleep({ cluster, jobId, generation, name, starts, ...final, archive }));
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
    this.#replaceById(jobId, before, after);
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

  #replaceById(jobId: string, before: Run | undefined, after: Run | undefined): void {
    if (this.#byId.get(jobId) === before && after !== undefined) {
      this.#byId.set(jobId, after);
      return;
    }
    const others = this.asleepOrNot(jobId).filter((run) => run !== before);
    const generations = after === undefined ? others : [...others, after];
    const [only] = generations;
    if (only === undefined) this.#byId.delete(jobId);
    else if (generations.length === 1) this.#byId.set(jobId, only);
    else
      this.#byId.set(
        jobId,
        generations.toSorted((a, b) => lastStartOf(a) - lastStartOf(b)),
      );
  }
}

function isList(known: Run | readonly Run[]): known is readonly Run[] {
  return Array.isArray(known);
}
