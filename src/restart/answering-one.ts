/**
 * Asks all JobManager addresses of a cluster for their list of jobs, and says whose answer counts. Keeps nothing; used by
 * the fresh look.
 *
 * With high availability every address shows the leader's jobs, so one answer is enough, but answers that differ prove
 * that somebody is behind. Without it each address is a cluster of its own, and only the first is ours.
 */

import { MedicError } from '../core/errors.ts';
import type { ListedJob } from '../core/facts.ts';
import { boundLabel } from '../core/label-value.ts';
import { isEnded } from '../core/states.ts';
import { isHighlyAvailable, modeOf } from '../flink/cluster-facts.ts';
import { optional } from '../flink/documents/fields.ts';
import type { JobManagerClient } from '../flink/job-manager-client.ts';
import type { ActingJobManager } from './watched-cluster.ts';

export const APPLICATION_MODE =
  'the cluster is in application mode and takes no jars: only what launched it can start its job again';

/** One question, bounded in time. */
export type Ask = <T>(question: (signal: AbortSignal) => Promise<T>) => Promise<T>;

export interface Answering {
  readonly address: string;
  readonly api: JobManagerClient;
  readonly highlyAvailable: boolean;
  /** `web.tmpdir`: each JobManager process has its own. */
  readonly process: string;
  readonly jobs: readonly ListedJob[];
  /** Of every address that answered, `process` by address. */
  readonly processes: ReadonlyMap<string, string>;
  /** Why its answer is not to be acted on. */
  readonly problem?: string;
}

/**
 * @param name of the job, in its bounded form
 * @returns the first address, in their order, whose answer counts; or why there is none
 * @throws what is no failure of a request
 */
export async function answeringOne(
  jobManagers: readonly ActingJobManager[],
  name: string,
  ask: Ask,
): Promise<Answering | string> {
  const all = await Promise.all(jobManagers.map((jobManager) => askOne(jobManager, ask)));
  const answers = all.filter((answer) => typeof answer !== 'string');
  const [first] = answers;
  // Without high availability another address is another cluster.
  if (first === undefined || (!first.highlyAvailable && first !== all[0])) {
    return all.find((answer) => typeof answer === 'string') ?? 'the cluster has no JobManager address';
  }
  const processes = new Map(answers.map(({ address, process }) => [address, process]));
  const views = new Set(answers.map(({ jobs }) => viewOf(jobs, name)));
  if (!first.highlyAvailable || views.size === 1) return { ...first, processes };
  return { ...first, processes, problem: 'the JobManagers of the cluster differ in the runs of this job' };
}

/** @returns why it gave no answer, instead of one */
async function askOne({ address, api }: ActingJobManager, ask: Ask): Promise<Omit<Answering, 'processes'> | string> {
  try {
    const [{ jobs, misfits }, config, { webSubmit }] = await Promise.all([
      ask((signal) => api.jobsOverview(signal)),
      ask((signal) => api.jobManagerConfig(signal)),
      ask((signal) => api.dashboardConfig(signal)),
    ]);
    const problem = unreadable(misfits) ?? missingEndpoints(webSubmit, config);
    return {
      address,
      api,
      highlyAvailable: isHighlyAvailable(config),
      process: config.get('web.tmpdir') ?? '',
      jobs,
      ...optional('problem', problem),
    };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return `${address} does not answer: ${error.message}`;
  }
}

/** A row that cannot be read may be the job. */
function unreadable(misfits: readonly MedicError[]): string | undefined {
  return misfits[0] && `the list of jobs has a row that cannot be read: ${misfits[0].message}`;
}

function missingEndpoints(webSubmit: boolean, config: ReadonlyMap<string, string>): string | undefined {
  if (webSubmit) return undefined;
  return modeOf(webSubmit, config) === 'application'
    ? APPLICATION_MODE
    : 'the cluster takes no jars: web.submit.enable is false, or flink-runtime-web is not on its class path';
}

/** What two JobManagers must agree on: which runs of the job there are, and which of them live. */
function viewOf(jobs: readonly ListedJob[], name: string): string {
  return jobs
    .filter((job) => boundLabel(job.name) === name)
    .map(({ jobId, startTime, state }) => `${jobId} ${startTime} ${isEnded(state)}`)
    .toSorted()
    .join();
}
