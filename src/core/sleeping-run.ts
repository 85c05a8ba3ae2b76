/**
 * Ended runs that nobody looks at sleep: memory keeps of them only what tells runs apart, and reads the rest from the
 * ledger whenever somebody asks. A hundred thousand of them take a third of the memory that way, and a start does not read
 * their documents. Keeps the last run that was read. `RunIndex` wakes what may change: a sleeping run must not be spread.
 */

import type { Final, Run, RunKey } from './run.ts';
import { type SharedValues, sharedValues } from './shared-values.ts';

/** What stays in memory. */
export interface RunBrief extends RunKey {
  readonly name: string;
  /** Its only start, or all. */
  readonly starts: number | readonly number[];
  readonly status: Final['status'];
  readonly source: Final['source'];
  readonly endTime: number;
  readonly recordedAt: number;
  readonly archive: string | undefined;
}

type Kept = keyof RunKey | 'name' | 'startTimes' | 'final' | 'state' | 'stateEnteredAt' | 'archive';

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

/** More would be archives that lie in folders of their own. */
const MAX_FOLDERS = 1_000;

export interface SleepingRuns {
  asleep(brief: RunBrief): Run;
}

/** @param read gives the whole run as it was stored last; may throw, and then so does whoever asks for what sleeps */
export function sleepingRuns(read: (key: RunKey) => Run): SleepingRuns {
  let last: { readonly brief: SleepingRun; readonly run: Run } | undefined;
  const whole = (brief: SleepingRun): Run => {
    if (last?.brief !== brief) last = { brief, run: read(brief) };
    return last.run;
  };
  const folders = sharedValues(MAX_FOLDERS);
  return { asleep: (brief) => new SleepingRun(brief, folders, whole) as unknown as Run };
}

class SleepingRun implements RunKey {
  readonly cluster: string;
  readonly jobId: string;
  readonly generation: number;
  readonly name: string;
  readonly starts: number | readonly number[];
  readonly status: Final['status'];
  readonly source: Final['source'];
  readonly endTime: number;
  readonly recordedAt: number;
  /** Ends with a slash when the name of the file is the job id, as in the flat layout. */
  readonly archived: string | undefined;
  readonly whole: (brief: SleepingRun) => Run;

  constructor(brief: RunBrief, folders: SharedValues, whole: (brief: SleepingRun) => Run) {
    this.cluster = brief.cluster;
    this.jobId = brief.jobId;
    this.generation = brief.generation;
    this.name = brief.name;
    this.starts = brief.starts;
    this.status = brief.status;
    this.source = brief.source;
    this.endTime = brief.endTime;
    this.recordedAt = brief.recordedAt;
    const isNamedSo = brief.archive?.endsWith(`/${brief.jobId}`) === true;
    this.archived = isNamedSo ? folders.text(brief.archive.slice(0, -brief.jobId.length)) : brief.archive;
    this.whole = whole;
  }

  get startTimes(): readonly number[] {
    return typeof this.starts === 'number' ? [this.starts] : this.starts;
  }

  get final(): Final {
    const { status, source, endTime, recordedAt } = this;
    return { status, source, endTime, recordedAt };
  }

  get archive(): string | undefined {
    return this.archived?.endsWith('/') === true ? this.archived + this.jobId : this.archived;
  }

  get state(): Run['state'] {
    return this.status;
  }

  /** As `end` in `resolve.ts` has it. */
  get stateEnteredAt(): number {
    return this.endTime;
  }
}

for (const field of Object.keys(READ) as (keyof typeof READ)[]) {
  Object.defineProperty(SleepingRun.prototype, field, {
    get(this: SleepingRun) {
      return this.whole(this)[field];
    },
  });
}

export function isAsleep(run: Run): boolean {
  return run instanceof SleepingRun;
}

/** The same run with all its fields in memory, to be changed or kept. */
export function awake(run: Run): Run {
  return run instanceof SleepingRun ? run.whole(run) : run;
}
