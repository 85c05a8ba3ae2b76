/**
 * Which snapshot a restart would begin from, by what is known of the runs. Pure; whether it is still there is for
 * `src/restart/restore-evidence.ts` to find out. Metrics and the API show the same choice.
 *
 * The newest snapshot of a run is judged, and no older one is taken in its place: what the job did since would be done
 * again, or lost, without anybody having said so.
 */

import type { CheckpointConfig, Snapshot } from '../facts.ts';
import type { Run } from '../run.ts';
import type { FinalStatus } from '../states.ts';

export interface Candidate {
  readonly path: string;
  readonly kind: Snapshot['kind'];
  readonly id: number;
  /** The JobManager's clock. Of a snapshot that is only known as restored it is when it was restored. */
  readonly completedAt: number;
}

/** What of a run decides which of its snapshots can be used. */
type Decisive = Pick<Run, 'checkpoints' | 'checkpointConfig' | 'final'>;

export interface RestorePoint {
  /** Absent: there is no snapshot, or the newest one cannot be used. */
  readonly candidate?: Candidate;
  /** Nothing newer can exist: the run was asked after its end. */
  readonly final: boolean;
  /** The newest checkpoint that the run itself is known to have written: newer ones would lie beside it. */
  readonly ownCheckpoint?: string;
  /** For people: what was chosen, or why nothing. */
  readonly detail: string;
}

/** The newest snapshot that a restart of this run could use; of a live run: if it failed now. */
export function candidateOf(run: Decisive): Candidate | undefined {
  const newest = newestOf(run);
  const candidate = newest === undefined ? undefined : usable(run, newest);
  // Asked for each run that is rendered: the rest of a restore point is not needed there.
  return typeof candidate === 'object' ? { ...candidate, completedAt: completionOf(candidate, [run]) } : undefined;
}

/** @param chain the run that ended, then the runs that the attempts to bring it back started, oldest first */
export function restorePointOf(chain: readonly Run[]): RestorePoint {
  const points = chain.map(judge);
  const at = points.findLastIndex((point) => point !== undefined);
  const point = points[at];
  if (point === undefined) return { final: false, detail: 'no checkpoint, savepoint or restore of the job is known' };
  const { candidate, detail, final, ownCheckpoint } = point;
  const unread = chain.slice(at + 1).find((run) => run.reachedRunning && run.checkpoints?.readAfterEnd !== true);
  return {
    ...(candidate && { candidate: { ...candidate, completedAt: completionOf(candidate, chain) } }),
    // What the later run completed lies in a folder that nobody has told.
    ...(unread === undefined && ownCheckpoint !== undefined && { ownCheckpoint }),
    final: final && unread === undefined,
    detail: unread === undefined ? detail : `${detail}; what run ${unread.jobId} completed after it is not known`,
  };
}

interface Known extends Omit<Candidate, 'path'> {
  readonly path?: string;
  readonly discarded: boolean;
  /** Flink deletes it by the run's retention. */
  readonly owned: boolean;
}

/** Undefined when the run, as far as is known, restored and completed nothing. */
function judge(run: Run): RestorePoint | undefined {
  const newest = newestOf(run);
  if (newest === undefined) return undefined;
  const final = run.checkpoints?.readAfterEnd === true;
  const name = `${newest.kind} ${String(newest.id)} of run ${run.jobId}`;
  const candidate = usable(run, newest);
  if (typeof candidate === 'string') return { final, detail: `the newest snapshot, ${name}, ${candidate}` };
  const ownCheckpoint = ownCheckpointOf(run);
  return { candidate, final, ...(ownCheckpoint !== undefined && { ownCheckpoint }), detail: name };
}

/** The newest snapshot as what a restart would begin from, or why it cannot. */
function usable(run: Decisive, { path, kind, id, completedAt, discarded, owned }: Known): Candidate | string {
  if (path === undefined) return 'is in the memory of the JobManager only';
  // While it lived, that only says that a newer one took its place: Flink marks it in answers that it has cached.
  if (discarded && run.checkpoints?.readAfterEnd === true) return 'was deleted by Flink';
  if (owned) {
    if (run.checkpointConfig === undefined) return 'may have been deleted: its retention is not known';
    const status = run.final?.status ?? 'FAILED';
    if (!isKept(run.checkpointConfig, status)) return `is deleted by Flink when the run is ${status}`;
  }
  return { path, kind, id, completedAt };
}

/** Checkpoint ids go on over restores, so within a run the highest is the newest. */
function newestOf(run: Decisive): Known | undefined {
  let newest: Known | undefined;
  for (const known of knownOf(run)) if (newest === undefined || known.id > newest.id) newest = known;
  return newest;
}

/** What says most of a snapshot comes first: the one that was restored is often the one that was completed. */
function knownOf({ checkpoints }: Decisive): Known[] {
  const { lastCompleted, lastSavepoint, lastRestored } = checkpoints ?? {};
  return [
    ...(lastCompleted ? [{ ...lastCompleted, owned: true }] : []),
    ...(lastSavepoint ? [{ ...lastSavepoint, owned: false }] : []),
    ...(lastRestored
      ? [{ ...lastRestored, kind: kindOf(lastRestored.path), completedAt: lastRestored.restoredAt, discarded: false }]
      : []),
  ];
}

/** By its name, as Flink gives it: what the statistics say of a restored one tells how it was loaded. */
export function kindOf(path: string | undefined): Snapshot['kind'] {
  return path !== undefined && /\/chk-\d+(\/_metadata)?\/?$/.test(path) ? 'checkpoint' : 'savepoint';
}

/** `CheckpointProperties` of Flink. How a run that vanished ended nobody knows; if it was cancelled, a look will tell. */
function isKept({ retained, deletedOnCancellation }: CheckpointConfig, status: FinalStatus): boolean {
  if (status === 'FINISHED') return false;
  return retained && !(status === 'CANCELED' && deletedOnCancellation);
}

/** Only in a folder of the run's own (Flink's default): in a shared one the newest may be another job's. */
function ownCheckpointOf(run: Run): string | undefined {
  const checkpoints = knownOf(run).filter(({ path, owned }) => owned && path?.includes(`/${run.jobId}/chk-`));
  return checkpoints.toSorted((a, b) => b.id - a.id)[0]?.path;
}

/** A snapshot that a run restored may have been completed by one before it. */
function completionOf({ path, completedAt }: Candidate, chain: readonly Decisive[]): number {
  for (const { checkpoints } of chain) {
    for (const snapshot of [checkpoints?.lastCompleted, checkpoints?.lastSavepoint]) {
      if (snapshot?.path === path) return snapshot.completedAt;
    }
  }
  return completedAt;
}
