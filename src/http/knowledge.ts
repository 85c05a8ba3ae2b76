/** What the routes ask of the rest of the program: narrow views, given to them by `src/app/`. */

import type { ClusterStatus } from '../core/cluster-status.ts';
import type { Run, RunEvent, RunKey } from '../core/run.ts';
import type { ExportedArchive } from '../metrics/families/archive-families.ts';

/** A run and what holds of it beside the others of its name. */
export interface KnownRun {
  readonly run: Run;
  readonly superseded: boolean;
}

/** Another order of runs than by importance, which decides where it says the same of two. */
export interface RunOrder {
  readonly of: (known: KnownRun) => string | number;
  readonly descending: boolean;
}

export interface FoundRuns {
  readonly found: readonly KnownRun[];
  /** How many were gone through. */
  readonly of: number;
}

export interface KnownCluster {
  readonly status: ClusterStatus;
  readonly jobManagers: readonly string[];
  readonly archives: readonly ExportedArchive[];
  readonly liveRuns: number;
  /** Names of jobs that should always run, in their bounded form. */
  readonly expectedJobs: readonly string[];
}

export interface Knowledge {
  /** Configured clusters, by name. */
  clusters(): readonly KnownCluster[];
  /**
   * Runs within the retention, live ones first and then the youngest unless there is an order. There may be many: they are
   * gone through in turns of the event loop.
   *
   * @param wanted which of them; all when left out
   */
  runs(wanted?: (known: KnownRun) => boolean, order?: RunOrder): Promise<FoundRuns>;
  /**
   * What is made of a run that was found; undefined when it has left since, and sleeps where nobody can read it any more. A
   * long list may take longer than its last runs stay.
   */
  unlessGone<T>(known: KnownRun, make: (known: KnownRun) => T): T | undefined;
  /** For what takes long: to be awaited after every little of it, so that nothing else waits for all. */
  divide(): () => Promise<void>;
  /**
   * Runs of a job name (also in its long form) or job id, newest first: all live ones, and of the ended ones as many as
   * `runs` shows of a job, however old. Undefined without that cluster.
   */
  runsOf(cluster: string, job: string): readonly KnownRun[] | undefined;
  /** The same for a name alone, in its bounded form: also where it is the id of another job. */
  runsOfName(cluster: string, name: string): readonly KnownRun[];
  /** Oldest first. */
  events(key: RunKey): Promise<readonly RunEvent[]>;
  /** Our clock, milliseconds. */
  now(): number;
}

/** Whether flink-medic can do its work; `/-/ready` says why not. */
export interface Readiness {
  readonly ready: boolean;
  readonly waitingFor: readonly string[];
}
