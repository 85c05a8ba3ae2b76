/** From which snapshot a restart would begin, and whether it is there. The evidence of a decision is gathered with it. */

import type { CheckpointStatistics } from '../core/facts.ts';
import { kindOf, type RestorePoint, restorePointOf } from '../core/restart/restore-point.ts';
import type { RestoreEvidence } from '../core/restart/situation.ts';
import { withCheckpoints } from '../core/run-facts.ts';
import { isSettled, type Run } from '../core/run.ts';
import type { Existence, Sibling, SnapshotStorage } from './snapshot-storage.ts';

/**
 * @param chain the run that ended, then the runs that the attempts to bring it back started, oldest first
 * @param fresh what the JobManager says now of the last of them; not from a cache that is older than its end
 * @param from the path that a person ordered: only its existence is looked at
 */
export async function restoreEvidence(
  chain: readonly Run[],
  fresh: CheckpointStatistics | undefined,
  from: string | undefined,
  storage: SnapshotStorage,
): Promise<RestoreEvidence> {
  if (from !== undefined) {
    const existence = await storage.exists(from);
    return {
      snapshot: { path: from, kind: kindOf(from) },
      existence,
      detail: `ordered by a person, ${SEEN[existence]}`,
    };
  }
  const last = chain.at(-1);
  const known =
    last === undefined || fresh === undefined
      ? chain
      : [...chain.slice(0, -1), withCheckpoints(last, fresh, isSettled(last))];
  const point = restorePointOf(known);
  const { candidate, detail } = point;
  if (candidate === undefined) return { existence: 'none', detail };
  const existence = await storage.exists(candidate.path);
  if (point.final) return { snapshot: candidate, existence, detail: `${detail}, ${SEEN[existence]}` };

  const newer = await newerOnDisk(point, storage);
  if (newer === 'unverifiable') {
    return {
      snapshot: candidate,
      existence: 'uncertain',
      detail: `${detail}, learned before the end, and where newer ones would lie cannot be seen`,
    };
  }
  if (newer === undefined) {
    return { snapshot: candidate, existence, detail: `${detail}, ${SEEN[existence]}, and none that is newer` };
  }
  const { id, path, writtenAt } = newer;
  return {
    snapshot: { path, kind: 'checkpoint', id, completedAt: writtenAt },
    existence: 'present',
    detail: `checkpoint ${String(id)}, found beside ${detail}, which was learned before the end`,
  };
}

/**
 * Whether a run under the job id that the restart would have, which only another ledger knows of, has left checkpoints of
 * its own: then the newest known snapshot is not the newest.
 *
 * @param jobId of the attempt that is decided on
 */
export async function unlessContinued(
  evidence: RestoreEvidence,
  jobId: string,
  storage: Pick<SnapshotStorage, 'siblings'>,
): Promise<RestoreEvidence> {
  const checkpoints = /^(.*\/)[0-9a-f]{32}\/chk-\d+\/?$/.exec(evidence.snapshot?.path ?? '')?.[1];
  if (checkpoints === undefined) return evidence;
  const left = await storage.siblings(`${checkpoints}${jobId}/chk-0`);
  const [first] = left === 'unverifiable' ? [] : left;
  if (first === undefined) return evidence;
  const detail = `${evidence.detail}; but a run with the id of this restart, which this ledger does not know, left ${first.path}`;
  return { ...evidence, existence: 'uncertain', detail };
}

const SEEN = {
  present: 'it is there',
  missing: 'it is not there',
  unverifiable: 'whether it is there cannot be seen from here',
} as const satisfies Readonly<Record<Existence, string>>;

/** A folder may hold what an earlier run of the same id left: such checkpoints have higher numbers but are older. */
async function newerOnDisk(
  { candidate, ownCheckpoint }: RestorePoint,
  storage: SnapshotStorage,
): Promise<Sibling | 'unverifiable' | undefined> {
  if (candidate === undefined || ownCheckpoint === undefined) return 'unverifiable';
  const siblings = await storage.siblings(ownCheckpoint);
  if (siblings === 'unverifiable') return siblings;
  return siblings
    .filter(({ id, writtenAt }) => id > candidate.id && writtenAt >= candidate.completedAt)
    .toSorted((a, b) => b.id - a.id)[0];
}
