/**
 * What the JobManagers say of a job right now, for a decision: never from what was observed before. Keeps nothing; bounded
 * by the addresses of the cluster, the ids that are asked for and the jobs that began after the end. Decisions, `explain`
 * and the look-up of a submission call it.
 *
 * Whatever could hide a copy of the job (no answer, answers that differ, a row that cannot be read, a job that does not yet
 * say what it restored) is a `problem`, after which nothing may be concluded.
 */

import pLimit from 'p-limit';
import type { Clock } from '../core/clock.ts';
import { MedicError } from '../core/errors.ts';
import type { CheckpointStatistics, ListedJob } from '../core/facts.ts';
import { boundLabel } from '../core/label-value.ts';
import type { EndedRun } from '../core/restart/incident.ts';
import type { FreshLook } from '../core/restart/situation.ts';
import { isEnded } from '../core/states.ts';
import { withDeadline } from '../flink/deadline.ts';
import { optional } from '../flink/documents/fields.ts';
import { findJob } from '../flink/find-job.ts';
import type { JobManagerClient } from '../flink/job-manager-client.ts';
import { type Answering, answeringOne, APPLICATION_MODE, type Ask } from './answering-one.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** Requests to one cluster at a time. */
const CONCURRENT_REQUESTS = 4;
/** By how much the clocks of two JobManagers of one cluster may differ. */
const CLOCK_SLACK_MS = 60_000;

const UNCLEAR = Symbol('what a job restored cannot be seen');
type Restored = string | undefined | typeof UNCLEAR;

export type LookedAt = Pick<WatchedCluster, 'name' | 'status' | 'jobManagers'>;

/** The end that is to be answered, and the ids of all runs that may be alive. */
export interface LookSubject {
  readonly ended: EndedRun;
  readonly askIds: readonly string[];
}

export interface LookOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** For each question, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * @param others the other configured clusters; one that does not answer says nothing
 * @throws the reason of `signal`
 */
export async function lookAt(
  cluster: LookedAt,
  subject: LookSubject,
  others: readonly LookedAt[],
  { clock, timeoutMs, signal }: LookOptions,
): Promise<FreshLook> {
  const at = clock.now();
  const ask: Ask = (question) => withDeadline(timeoutMs, signal, question);
  const [own, elsewhere] = await Promise.all([
    answeringOne(cluster.jobManagers, subject.ended.name, ask),
    Promise.all(others.map((other) => jobsElsewhere(other, ask))),
  ]);
  const known =
    typeof own === 'string'
      ? { ...NOTHING_KNOWN, problem: unanswered(cluster, own) }
      : await lookInto(own, subject, ask);
  const endedAt = subject.ended.endTime - offsetOf(cluster);
  const isLater = ({ clockOffsetMs, job }: Elsewhere): boolean =>
    job.startTime - clockOffsetMs >= endedAt - CLOCK_SLACK_MS;
  return { at, ...known, elsewhere: elsewhere.flat().filter(isLater) };
}

type Known = Omit<FreshLook, 'at' | 'elsewhere'>;
type Elsewhere = FreshLook['elsewhere'][number];

/** Of a cluster that gave no answer. */
export const NOTHING_KNOWN: Known = {
  highlyAvailable: false,
  process: '',
  processes: new Map(),
  jobs: [],
  byId: new Map(),
  restoredFrom: new Map(),
};

/** Asks the address that answered for the rest. */
async function lookInto(own: Answering, { ended, askIds }: LookSubject, ask: Ask): Promise<Known> {
  const limit = pLimit(CONCURRENT_REQUESTS);
  const questions: Ask = (question) => limit(() => ask(question));
  const { api, jobs } = own;
  const [byId, restored, checkpoints] = await Promise.all([
    Promise.all(askIds.map(async (jobId) => [jobId, await answerById(api, jobId, questions)] as const)),
    Promise.all(
      jobs
        .filter((job) => isSuspect(job, ended) && !askIds.includes(job.jobId))
        .map(async (job) => ({ job, path: await restoredPath(api, job, questions) })),
    ),
    checkpointsOf(api, ended, jobs, questions),
  ]);
  const unclear = restored.find(({ path }) => path === UNCLEAR);
  const problem =
    own.problem ??
    (unclear && `what job ${unclear.job.jobId} (${boundLabel(unclear.job.name)}) restored cannot be seen yet`);
  return {
    ...optional('problem', problem),
    address: own.address,
    highlyAvailable: own.highlyAvailable,
    process: own.process,
    processes: own.processes,
    jobs,
    byId: new Map(byId.map(([jobId, answer]) => [jobId, listedEnd(answer, jobs) ?? answer])),
    restoredFrom: new Map(restored.flatMap(({ job, path }) => (typeof path === 'string' ? [[job.jobId, path]] : []))),
    ...optional('checkpoints', checkpoints),
  };
}

/** A live job of another name that may have been started from the snapshot of the ended run. */
function isSuspect(job: ListedJob, ended: EndedRun): boolean {
  return !isEnded(job.state) && job.startTime >= ended.endTime - CLOCK_SLACK_MS && boundLabel(job.name) !== ended.name;
}

async function answerById(
  api: JobManagerClient,
  jobId: string,
  ask: Ask,
): Promise<ListedJob | 'not_found' | 'unanswered'> {
  return (await answered(ask((signal) => findJob(api, jobId, signal)))) ?? 'unanswered';
}

/**
 * Flink makes the list anew, and answers by id from a cache of three seconds (`DefaultExecutionGraphCache`): an end that
 * is in the list is one, whatever the answer by id says of that same life.
 */
function listedEnd(answer: ListedJob | 'not_found' | 'unanswered', jobs: readonly ListedJob[]): ListedJob | undefined {
  if (typeof answer === 'string') return undefined;
  return jobs.find(
    ({ jobId, startTime, state }) => jobId === answer.jobId && startTime === answer.startTime && isEnded(state),
  );
}

/** @returns undefined when it was started without state */
async function restoredPath(api: JobManagerClient, job: ListedJob, ask: Ask): Promise<Restored> {
  // Before it has restored its state, Flink says of a job that it takes no checkpoints.
  if (job.state === 'INITIALIZING') return UNCLEAR;
  try {
    return (await ask((signal) => api.checkpoints(job.jobId, signal)))?.latestRestored?.path;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    // It has ended and gone meanwhile.
    return error.status === 404 ? undefined : UNCLEAR;
  }
}

/** Of the run that ended, not of another one with its id. */
function checkpointsOf(
  api: JobManagerClient,
  { jobId, lastStart }: EndedRun,
  jobs: readonly ListedJob[],
  ask: Ask,
): Promise<CheckpointStatistics | undefined> {
  const isShown = jobs.some((job) => job.jobId === jobId && job.startTime === lastStart);
  return isShown ? answered(ask((signal) => api.checkpoints(jobId, signal))) : Promise.resolve(undefined);
}

/** All addresses are asked: whether they are one cluster does not matter here. */
async function jobsElsewhere(cluster: LookedAt, ask: Ask): Promise<readonly Elsewhere[]> {
  const lists = await Promise.all(
    cluster.jobManagers.map(({ api }) => answered(ask((signal) => api.jobsOverview(signal)))),
  );
  const jobs = lists.flatMap((list) => list?.jobs ?? []);
  const distinct = new Map(jobs.map((job) => [job.jobId, job])).values();
  return [...distinct].map((job) => ({ cluster: cluster.name, clockOffsetMs: offsetOf(cluster), job }));
}

/** A cluster in application mode goes with its job; waiting for it is of no use then. */
function unanswered({ status }: LookedAt, problem: string): string {
  return status.mode === 'application' ? `${APPLICATION_MODE}; ${problem}` : problem;
}

function offsetOf({ status }: LookedAt): number {
  return status.clockOffsetMs ?? 0;
}

/** Undefined when the request failed. */
async function answered<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return undefined;
  }
}
