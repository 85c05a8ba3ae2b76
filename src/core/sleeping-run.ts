/**
 * Ended runs that nobody looks at sleep: memory keeps of them only what tells runs apart, and reads the rest from the
 * ledger whenever somebody asks. A hundred thousand of them take a third of the memory that way, and a start does not read
 * their documents. Keeps the last run that was read. `RunIndex` wakes what may change: a sleeping run must not be spread.
 */

import type { Final, Run, RunKey } from './run.ts';

/** What stays in memory. */
export interface RunBrief extends RunKey {
  readonly name: string;
  readonly startTimes: readonly number[];
  readonly final: Final;
  readonly archive: string | undefined;
}

type Kept = keyof RunBrief | 'state' | 'stateEnteredAt';

/** What is read. The compiler sees to it that nothing is left out. */
const READ: Readonly<Record<Exclude<keyof Run, Kept>, true>> = {
  jobType: true,
  scheduler: true,
  applicationId: true,
  reason: true,
  modifiedAt: true,
  learnedUpTo: true,
  rule: true,
  decidedAt: true,
  seenAlive: true,
  reachedRunning: true,
  lostAt: true,
  missedAt: true,
  countedVanished: true,
  failovers: true,
  restarts: true,
  tasks: true,
  lastFailure: true,
  checkpoints: true,
  checkpointConfig: true,
};

export class SleepingRuns {
  readonly #read: (key: RunKey) => Run;
  #last: { readonly brief: SleepingRun; readonly run: Run } | undefined;

  /** @param read gives the whole run as it was stored last; may throw, and then so does whoever asks for what sleeps */
  constructor(read: (key: RunKey) => Run) {
    this.#read = read;
  }

  /** For whoever constructs nothing. */
  static of(read: (key: RunKey) => Run): SleepingRuns {
    return new SleepingRuns(read);
  }

  asleep(brief: RunBrief): Run {
    return new SleepingRun(brief, this) as unknown as Run;
  }

  whole(brief: SleepingRun): Run {
    if (this.#last?.brief !== brief) this.#last = { brief, run: this.#read(brief) };
    return this.#last.run;
  }
}

class SleepingRun implements RunBrief {
  readonly cluster: string;
  readonly jobId: string;
  readonly generation: number;
  readonly name: string;
  readonly startTimes: readonly number[];
  readonly final: Final;
  readonly archive: string | undefined;
  readonly source: SleepingRuns;

  constructor({ cluster, jobId, generation, name, startTimes, final, archive }: RunBrief, source: SleepingRuns) {
    this.cluster = cluster;
    this.jobId = jobId;
    this.generation = generation;
    this.name = name;
    this.startTimes = startTimes;
    this.final = final;
    this.archive = archive;
    this.source = source;
  }

  get state(): Run['state'] {
    return this.final.status;
  }

  /** As `end` in `resolve.ts` has it. */
  get stateEnteredAt(): number {
    return this.final.endTime;
  }
}

for (const field of Object.keys(READ) as (keyof typeof READ)[]) {
  Object.defineProperty(SleepingRun.prototype, field, {
    get(this: SleepingRun) {
      return this.source.whole(this)[field];
    },
  });
}

export function isAsleep(run: Run): boolean {
  return run instanceof SleepingRun;
}

/** The same run with all its fields in memory, to be changed or kept. */
export function awake(run: Run): Run {
  return run instanceof SleepingRun ? run.source.whole(run) : run;
}
