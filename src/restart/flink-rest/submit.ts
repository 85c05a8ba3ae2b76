/**
 * Driver `flink_rest`: starts a job from a jar on a session cluster (`POST /jars/:jarid/run`), by exactly the request that
 * was written down. Keeps nothing; the worker calls it for one attempt at one JobManager address.
 *
 * Flink keeps jars on the disk of one JobManager process, under an id that is new for each upload. So a jar is found again
 * by its name, which begins with its hash, and uploaded where it is missing.
 */

import { MedicError, messageOf } from '../../core/errors.ts';
import { cleaned } from '../../core/redaction.ts';
import type { SubmissionRequest } from '../../core/restart/incident.ts';
import { optional } from '../../flink/documents/fields.ts';
import type { JarRun } from '../../flink/documents/jar-run.ts';
import { findJob } from '../../flink/find-job.ts';
import type { JobManagerClient } from '../../flink/job-manager-client.ts';
import type { OrderOptions } from '../../flink/rest-client.ts';
import { type DecidedJar, JarReplaced, openDecidedJar, uploadNameOf } from './decided-jar.ts';

export type SubmitApi = Pick<JobManagerClient, 'jars' | 'uploadJar' | 'runJar' | 'job'>;

export interface SubmitHooks {
  /** Awaited right before each request that can start the job; when it rejects, that request is not sent. */
  beforeSend(): Promise<void>;
}

/**
 * `jar_lost`: nothing ran. `rejected`: HTTP 4xx but 408, or the proof that nothing ran; a 4xx alone can follow a job that was
 * accepted. `unknown`: no answer, or one that says nothing.
 */
export type SubmitOutcome = { readonly kind: 'accepted' } | Failure;

interface Failure {
  readonly kind: 'jar_lost' | 'rejected' | 'unknown';
  readonly detail: string;
}

/** Where a jar lies. */
type Placed = { readonly id: string } | Failure;

interface Submission {
  readonly request: SubmissionRequest;
  readonly api: SubmitApi;
  readonly hooks: SubmitHooks;
  readonly options: OrderOptions & { readonly signal: AbortSignal };
}

const NO_JAR_ENDPOINTS =
  'this JobManager takes no jars (application mode, or web.submit.enable: false): only the launcher of the job can start it';

/**
 * Sends the request once; a second time only when the JobManager proved that it ran nothing because it had no such jar
 * any more, and knows no job of the id.
 *
 * @throws {MedicError} when the JobManager could not be asked for its jars or be given one: nothing was sent
 * @throws what `beforeSend` threw; the reason of `signal`, after which the outcome is unknown if `beforeSend` was called
 */
export async function submit(
  request: SubmissionRequest,
  api: SubmitApi,
  hooks: SubmitHooks,
  signal: AbortSignal,
): Promise<SubmitOutcome> {
  const submission = { request, api, hooks, options: { timeoutMs: request.submitTimeoutMs, signal } };
  const outcome = await placeAndSend(submission);
  // main() may say in its failure what it was given.
  return 'detail' in outcome ? { ...outcome, detail: cleaned(outcome.detail) } : outcome;
}

async function placeAndSend(submission: Submission): Promise<SubmitOutcome> {
  const placed = await place(submission);
  if (!('id' in placed)) return placed;
  const outcome = await send(submission, placed.id);
  return outcome.kind === 'jar_lost' ? await uploadAndSend(submission, outcome) : outcome;
}

/** Finds the jar at the JobManager, or brings it there. */
async function place(submission: Submission): Promise<Placed> {
  const { request, api, options } = submission;
  const wanted = 'name' in request.jar ? request.jar.name : uploadNameOf(request.jar);
  let newest;
  try {
    const jars = (await api.jars(options.signal)).filter(({ name }) => name === wanted);
    newest = jars.toSorted((a, b) => b.uploadedAt - a.uploadedAt)[0];
  } catch (error) {
    return refusal(error, isStatus(error, 404) ? NO_JAR_ENDPOINTS : messageOf(error));
  }
  if (newest !== undefined) return { id: newest.id };
  if ('name' in request.jar) return { kind: 'jar_lost', detail: `the JobManager has no jar ${wanted}` };
  return upload(submission, request.jar);
}

async function upload({ api, options }: Submission, jar: DecidedJar): Promise<Placed> {
  let file;
  try {
    file = await openDecidedJar(jar);
  } catch (error) {
    return { kind: 'jar_lost', detail: `the jar cannot be read: ${messageOf(error)}` };
  }
  try {
    return { id: await api.uploadJar(file, options) };
  } catch (error) {
    const cause = error instanceof MedicError ? error.cause : undefined;
    return cause instanceof JarReplaced
      ? { kind: 'jar_lost', detail: cause.message }
      : refusal(error, messageOf(error));
  }
}

/** Another JobManager process took over, and the jar was gone between finding and running it. */
async function uploadAndSend(submission: Submission, lost: Failure): Promise<SubmitOutcome> {
  const { request, api, options } = submission;
  if ('name' in request.jar) return lost;
  let placed: Placed;
  try {
    // A proxy may have sent the request twice, to a JobManager that had the jar and to one that had not.
    const job = await findJob(api, request.jobId, options.signal);
    if (job !== 'not_found') return { kind: 'unknown', detail: `${lost.detail}; yet a job has the id` };
    placed = await upload(submission, request.jar);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return { kind: 'jar_lost', detail: `${lost.detail}; it could not be uploaded again: ${error.message}` };
  }
  return 'id' in placed ? send(submission, placed.id) : placed;
}

async function send({ request, api, hooks, options }: Submission, jarId: string): Promise<SubmitOutcome> {
  await hooks.beforeSend();
  try {
    const answer = await api.runJar(jarId, runOf(request), options);
    if (!answer.started) return { kind: answer.jarMissing ? 'jar_lost' : 'rejected', detail: answer.detail };
    if (answer.jobId === request.jobId) return { kind: 'accepted' };
    return { kind: 'unknown', detail: `the JobManager says that it started job ${answer.jobId}` };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    const { status = 0 } = error;
    // 408 is a proxy's: it stopped waiting for the answer.
    const isRefusal = status >= 400 && status < 500 && status !== 408;
    return { kind: isRefusal ? 'rejected' : 'unknown', detail: error.message };
  }
}

function runOf({ jobId, entryClass, args, parallelism, config, restore }: SubmissionRequest): JarRun {
  return {
    jobId,
    ...optional('entryClass', entryClass),
    ...(args.length > 0 && { programArgsList: args }),
    ...optional('parallelism', parallelism),
    ...(Object.keys(config).length > 0 && { flinkConfiguration: config }),
    ...(restore !== undefined && {
      savepointPath: restore.path,
      restoreMode: restore.claimMode,
      allowNonRestoredState: restore.allowNonRestoredState,
    }),
  };
}

/** What will be refused again is an outcome; missing credentials and all other failures may pass. */
function refusal(error: unknown, detail: string): Failure {
  if (error instanceof MedicError && error.code === 'http_4xx') return { kind: 'rejected', detail };
  throw error;
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof MedicError && error.status === status;
}
