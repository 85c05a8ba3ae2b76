/**
 * What is wrong with jobs now, and whether somebody is needed: pure, from what the routes know. The alerts of
 * `alerts/` say the same to who is not looking, and more: how checkpoints go, and how often Flink restarts a job.
 */

import { type Incident, isClosed } from '../../core/restart/incident.ts';
import type { Reason } from '../../core/restart/reasons.ts';
import type { Run } from '../../core/run.ts';
import type { RunState } from '../../core/states.ts';
import type { KnownCluster, KnownRun } from '../knowledge.ts';

/** One job that is not as it should be. */
export interface Trouble {
  readonly cluster: string;
  readonly name: string;
  /** `missing`, `running twice`, or the state of the run: FAILED, VANISHED, UNKNOWN, one that does not pass. */
  readonly what: string;
  /** Absent where no run of the job is known. */
  readonly known?: KnownRun;
  /** The newest one of the job, when it is open or about that run. */
  readonly incident?: Incident;
}

export interface Troubles {
  /** The youngest first, jobs without a run before all. */
  readonly needed: readonly Trouble[];
  /** flink-medic is at it. */
  readonly underWay: readonly Trouble[];
  /** Ended longer ago than alerts look back, and nobody is at it. */
  readonly old: number;
}

/** As in the alerts: who has not mended it for a day does not want it back. */
const DAY_MS = 86_400_000;

const MINUTE_MS = 60_000;
/** How long a run may be in a state that should pass. As in the alert FlinkJobStuck. */
const PATIENCE_MS: Readonly<Partial<Record<RunState, number>>> = {
  FAILING: 5 * MINUTE_MS,
  CANCELLING: 5 * MINUTE_MS,
  INITIALIZING: 15 * MINUTE_MS,
  CREATED: 15 * MINUTE_MS,
  RESTARTING: 15 * MINUTE_MS,
  RECONCILING: 15 * MINUTE_MS,
  SUSPENDED: 15 * MINUTE_MS,
};

/** With these a repair goes on by itself. */
const PASSING: ReadonlySet<Reason> = new Set([
  'in_progress',
  'vanished_wait',
  'end_wait',
  'already_running',
  'maintenance_window',
  'global_budget',
  'concurrency',
  'back_off',
]);

/** Whether the incident waits for a person. One that is refused because the job was started again does not. */
function needsPerson({ state, reason }: Pick<Incident, 'state' | 'reason'>): boolean {
  if (state === 'deferred') return reason !== undefined && !PASSING.has(reason);
  return state === 'unconfirmed' || state === 'exhausted' || (state === 'refused' && reason !== 'superseded');
}

/** Whether it is about the end of the run, or started it. */
export function isAbout({ run: ended, attempts }: Incident, run: Pick<Run, 'jobId' | 'generation'>): boolean {
  const isItsEnd = ended.jobId === run.jobId && ended.generation === run.generation;
  return isItsEnd || attempts.some(({ request }) => request.jobId === run.jobId);
}

/** Live, or ended and nothing came after it. */
export function isCurrent({ run, superseded }: KnownRun): boolean {
  return run.final === undefined || !superseded;
}

/**
 * @param runs the current ones, as `Knowledge.runs` gives them
 * @param incidents the newest first
 * @param now our clock, milliseconds
 */
export function troublesOf(
  clusters: readonly KnownCluster[],
  runs: readonly KnownRun[],
  incidents: readonly Incident[],
  now: number,
): Troubles {
  const newest = newestIncidents(incidents);
  const byJob = Map.groupBy(runs, ({ run }) => jobKey(run.cluster, run.name));
  const down = new Set(clusters.filter(({ status }) => status.up === false).map(({ status }) => status.cluster));
  const expected = new Set(
    clusters.flatMap(({ status, expectedJobs }) => expectedJobs.map((name) => jobKey(status.cluster, name))),
  );
  const troubles = [...byJob].flatMap(([key, known]): Trouble[] => {
    const worst = worstOf(known, expected.has(key), down, now);
    const shown = worst?.known ?? known[0];
    const incident = newest.get(key);
    const isOpen = incident !== undefined && !isClosed(incident);
    if (shown === undefined || (worst === undefined && !isOpen)) return [];
    const { cluster, name, state } = shown.run;
    const isTold = incident !== undefined && (isOpen || isAbout(incident, shown.run));
    return [{ cluster, name, what: worst?.what ?? state, known: shown, ...(isTold && { incident }) }];
  });
  const missing = missingJobs(clusters, byJob);
  const [underWay, others] = partition(troubles, isUnderWay);
  const [old, young] = partition(others, ({ known }) => now - (known?.run.final?.endTime ?? now) > DAY_MS);
  return {
    needed: [...missing, ...young.toSorted((a, b) => timeOf(b) - timeOf(a))],
    underWay: underWay.toSorted((a, b) => timeOf(b) - timeOf(a)),
    old: old.length,
  };
}

interface Worst {
  readonly what: string;
  readonly known: KnownRun;
}

/** What is wrong with the runs of one job; undefined while nothing is. */
function worstOf(
  known: readonly KnownRun[],
  isExpected: boolean,
  down: ReadonlySet<string>,
  now: number,
): Worst | undefined {
  const live = known.filter(({ run }) => run.final === undefined);
  const [first] = live;
  if (isExpected && live.length > 1 && first !== undefined) return { what: 'running twice', known: first };
  // Where no JobManager answers, that is what is wrong.
  const unknown = live.find(({ run }) => run.state === 'UNKNOWN' && !down.has(run.cluster));
  if (unknown !== undefined) return { what: 'UNKNOWN', known: unknown };
  const stuck = live.find(({ run }) => now - run.stateEnteredAt > (PATIENCE_MS[run.state] ?? Infinity));
  if (stuck !== undefined) return { what: stuck.run.state, known: stuck };
  if (live.some(({ run }) => run.reachedRunning)) return undefined;
  const lost = known.find(({ run }) => run.state === 'FAILED' || run.state === 'VANISHED');
  if (lost !== undefined) return { what: lost.run.state, known: lost };
  const [ended] = known;
  return isExpected && live.length === 0 && ended !== undefined ? { what: 'missing', known: ended } : undefined;
}

function isUnderWay({ incident, what }: Trouble): boolean {
  return incident !== undefined && !isClosed(incident) && !needsPerson(incident) && what !== 'running twice';
}

function missingJobs(clusters: readonly KnownCluster[], byJob: ReadonlyMap<string, unknown>): Trouble[] {
  return clusters
    .filter(({ status }) => status.up === true)
    .flatMap(({ status: { cluster }, expectedJobs }) =>
      expectedJobs
        .filter((name) => !byJob.has(jobKey(cluster, name)))
        .map((name) => ({ cluster, name, what: 'missing' })),
    );
}

/** By job. */
function newestIncidents(newestFirst: readonly Incident[]): ReadonlyMap<string, Incident> {
  return new Map(
    newestFirst.toReversed().map((incident) => [jobKey(incident.run.cluster, incident.run.name), incident]),
  );
}

function timeOf({ known, incident }: Trouble): number {
  return known?.run.final?.endTime ?? known?.run.stateEnteredAt ?? incident?.since ?? 0;
}

/** Names of clusters have no control characters. */
function jobKey(cluster: string, name: string): string {
  return `${cluster}\n${name}`;
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
