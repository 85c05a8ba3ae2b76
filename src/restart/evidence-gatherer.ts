/**
 * Gets what a decision has to ask for: what the JobManagers say now, whether the snapshot is there, what would be sent.
 * Each is fetched when a stage first needs it, and once a decision. Made once by the composition root; keeps nothing.
 */

import type { Timers } from '../core/clock.ts';
import type { Evidence, FreshLook, RestoreEvidence, Situation } from '../core/restart/situation.ts';
import type { SubmissionRequest } from '../core/restart/incident.ts';
import { attemptJobId } from '../core/restart/attempt-job-id.ts';
import { messageOf } from '../core/errors.ts';
import type { Run } from '../core/run.ts';
import { withDeadline } from '../flink/deadline.ts';
import type { DecidedJar } from './flink-rest/decided-jar.ts';
import { sha256OfFile } from './flink-rest/sha256-of-file.ts';
import { lookAt, NOTHING_KNOWN } from './fresh-look.ts';
import { restoreEvidence, unlessContinued } from './restore-evidence.ts';
import type { Surroundings } from './situations.ts';
import type { SnapshotStorage } from './snapshot-storage.ts';

/** Two looks so far apart must agree: a job on its way back shows itself. */
const BETWEEN_LOOKS_MS = 10_000;
const LOOK_TIMEOUT_MS = 10_000;
/** A jar of 1 GB takes a few seconds. */
const JAR_TIMEOUT_MS = 60_000;

export interface EvidenceOptions {
  readonly surroundings: Surroundings;
  readonly storage: SnapshotStorage;
  readonly timers: Timers;
}

export class EvidenceGatherer {
  readonly #options: EvidenceOptions;

  constructor(options: EvidenceOptions) {
    this.#options = options;
  }

  /** @param looks how many; `explain` makes do with one */
  of(situation: Situation, looks: 1 | 2, signal: AbortSignal): Evidence {
    let looked: Promise<readonly FreshLook[]> | undefined;
    let restore: Promise<RestoreEvidence> | undefined;
    const lookOnce = (): Promise<readonly FreshLook[]> => (looked ??= this.#looks(situation, looks, signal));
    return {
      looks: lookOnce,
      restorePoint: () => (restore ??= this.#restorePoint(situation, lookOnce)),
      request: (evidence) => requestOf(situation, evidence, signal),
    };
  }

  /** What the JobManagers say now. */
  async look(situation: Situation, signal: AbortSignal): Promise<FreshLook> {
    const { surroundings } = this.#options;
    const { cluster: name } = situation.ended;
    const cluster = surroundings.cluster(name);
    const at = surroundings.clock.now();
    if (cluster === undefined) return unseen(at, `cluster ${name} is not configured any more`);
    const notEnded = situation.sameName.filter((run) => run.final === undefined).map(({ jobId }) => jobId);
    const askIds = new Set([
      situation.ended.jobId,
      situation.incident.run.jobId,
      ...notEnded,
      ...situation.attemptJobIds,
    ]);
    const others = surroundings.clusters().filter((other) => other.name !== name);
    return lookAt(cluster, { ended: situation.ended, askIds: [...askIds] }, others, {
      clock: surroundings.clock,
      timeoutMs: LOOK_TIMEOUT_MS,
      signal,
    });
  }

  async #looks(situation: Situation, looks: 1 | 2, signal: AbortSignal): Promise<readonly FreshLook[]> {
    const first = await this.look(situation, signal);
    if (looks === 1 || first.problem !== undefined) return [first];
    await after(this.#options.timers, BETWEEN_LOOKS_MS, signal);
    return [first, await this.look(situation, signal)];
  }

  async #restorePoint(
    { incident, run, ended }: Situation,
    looks: () => Promise<readonly FreshLook[]>,
  ): Promise<RestoreEvidence> {
    const history = this.#options.surroundings.cluster(incident.run.cluster)?.history;
    const first = history
      ?.generations(incident.run.jobId)
      .find(({ generation }) => generation === incident.run.generation);
    const started = incident.attempts.map(({ request }) => history?.newest(request.jobId));
    const chain = [first, ...started].filter((known): known is Run => known !== undefined);
    const fresh = run === undefined ? undefined : (await looks()).at(-1)?.checkpoints;
    const { storage } = this.#options;
    const from = incident.order?.from;
    const found = await restoreEvidence(chain, fresh, from, storage);
    return from === undefined ? unlessContinued(found, attemptJobId(ended), storage) : found;
  }
}

async function requestOf(
  { policy, ended }: Situation,
  restore: RestoreEvidence,
  signal: AbortSignal,
): Promise<SubmissionRequest | { readonly problem: string }> {
  if (policy === undefined) throw new Error('nothing is sent without a policy');
  const { driver, restore: rules } = policy;
  let jar: SubmissionRequest['jar'];
  try {
    jar = 'name' in driver.jar ? driver.jar : await hashed(driver.jar.file, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { problem: `the jar of policy ${policy.name} cannot be read: ${messageOf(error)}` };
  }
  // The stage has left out what may not be used.
  const { snapshot } = restore;
  return {
    driver: 'flink_rest',
    jobId: attemptJobId(ended),
    jar,
    args: driver.args,
    config: driver.config,
    submitTimeoutMs: driver.submitTimeoutMs,
    restoreDetail: snapshot === undefined ? `started without state: ${restore.detail}` : restore.detail,
    ...(driver.entryClass !== undefined && { entryClass: driver.entryClass }),
    ...(driver.parallelism !== undefined && { parallelism: driver.parallelism }),
    ...(snapshot !== undefined && {
      restore: {
        path: snapshot.path,
        claimMode: rules.claimMode,
        allowNonRestoredState: rules.allowNonRestoredState,
        ...(snapshot.id !== undefined && { checkpointId: snapshot.id }),
        ...(snapshot.completedAt !== undefined && { completedAt: snapshot.completedAt }),
      },
    }),
  };
}

/** A mount that hangs must hang no decision. */
async function hashed(file: string, signal: AbortSignal): Promise<DecidedJar> {
  return { file, sha256: await withDeadline(JAR_TIMEOUT_MS, signal, () => sha256OfFile(file)) };
}

function unseen(at: number, problem: string): FreshLook {
  return { at, problem, ...NOTHING_KNOWN, elsewhere: [] };
}

/** @throws the reason of `signal`, when that is aborted first */
function after(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cancel = timers.after(ms, resolve);
  const abort = (): void => {
    cancel();
    reject(signal.reason as Error);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', abort));
}
