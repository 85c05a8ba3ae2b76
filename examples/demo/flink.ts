/** What the demo needs of a Flink. `flink-real.ts` and `flink-fake.ts` have it. */

/** The three jobs by what becomes of them. */
export const JOBS = { runs: 'orders', finishes: 'invoices', fails: 'payments' } as const;

/** Why `fails` fails, every time it is restarted: what Java throws and in which task. */
export const POISON = { exception: 'medic.job.PoisonRecordException', task: 'count' } as const;

/** A file with a main class in its manifest, and its arguments. */
export interface JobProgram {
  readonly jar: string;
  readonly args: readonly string[];
}

/** A cluster with one JobManager that archives its jobs and restarts a failed one three times. */
export interface DemoFlink {
  /** Of the JobManager's REST interface. */
  readonly url: string;
  /** Whether there is a process to kill, and a page under `url`. */
  readonly isReal: boolean;
  readonly archiveDir: string;
  /** What starts the failing job again. */
  readonly program: JobProgram;
  /** Submits the three jobs. */
  submitJobs(): Promise<void>;
  /** Lets one job finish and one fail for good; returns when nothing more is needed for that. */
  endTwoJobs(): Promise<void>;
  /** Takes the poison away: a new run of the failing job lives. */
  mend(): void;
  /** What the newest start of the failing job counted on from: 0 without state; undefined where nothing counts. */
  countsFrom(): Promise<number | undefined>;
  /** With SIGKILL, or as if: nothing is said, nothing is written. */
  killJobManager(): Promise<void>;
  /** The last lines that its processes wrote. */
  logs(): string;
  stop(): Promise<void>;
}
