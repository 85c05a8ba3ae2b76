/**
 * What many runs say alike, kept once: a hundred thousand ended runs would hold as many copies of a few names, classes and
 * settings. Keeps at most so many values as it was made for and then begins anew; a value that is not found again costs
 * nothing but its memory. A history has one for the runs that end, and the ledger makes one to load.
 */

import type { EpochCounter } from './epoch-counter.ts';
import type { CheckpointConfig } from './facts.ts';
import type { Run } from './run.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** @param most values of each kind; as many as there are when left out, for what is thrown away with those of one reading */
export function sharedValues(most = Number.POSITIVE_INFINITY): SharedValues {
  return new SharedValues(most);
}

export class SharedValues {
  readonly #most: number;
  readonly #texts = new Map<string, string>();
  readonly #counters = new Map<string, EpochCounter>();
  readonly #configs = new Map<string, CheckpointConfig>();

  constructor(most: number) {
    this.#most = most;
  }

  text<T extends string>(text: T): T {
    return this.#shared(this.#texts, text, text) as T;
  }

  /** Replaces parts of a run that was just made, and that nobody else has yet, by equal ones. */
  share(run: Run): void {
    const { checkpoints, checkpointConfig, lastFailure, restarts, archive } = run;
    const fresh: Mutable<Run> = run;
    fresh.cluster = this.text(run.cluster);
    fresh.name = this.text(run.name);
    fresh.scheduler = this.text(run.scheduler);
    fresh.rule = this.text(run.rule);
    if (archive !== undefined) fresh.archive = this.text(archive);
    if (restarts !== undefined) fresh.restarts = this.#counter(restarts);
    if (checkpointConfig !== undefined) fresh.checkpointConfig = this.#config(checkpointConfig);
    if (checkpoints !== undefined) {
      const counted: Mutable<typeof checkpoints> = checkpoints;
      counted.completed = this.#counter(checkpoints.completed);
      counted.failed = this.#counter(checkpoints.failed);
    }
    if (lastFailure !== undefined) {
      const failure: Mutable<typeof lastFailure> = lastFailure;
      failure.exception = this.text(lastFailure.exception);
      failure.task = this.text(lastFailure.task);
      failure.labels = this.text(lastFailure.labels);
    }
  }

  #counter(counter: EpochCounter): EpochCounter {
    return this.#shared(this.#counters, `${String(counter.carried)}/${String(counter.current)}`, counter);
  }

  #config(config: CheckpointConfig): CheckpointConfig {
    const { intervalMs, timeoutMs, retained, deletedOnCancellation } = config;
    const key = `${String(intervalMs)}/${String(timeoutMs)}/${String(retained)}/${String(deletedOnCancellation)}`;
    return this.#shared(this.#configs, key, config);
  }

  #shared<T>(values: Map<string, T>, key: string, value: T): T {
    const known = values.get(key);
    if (known !== undefined) return known;
    if (values.size >= this.#most) values.clear();
    values.set(key, value);
    return value;
  }
}
