/** Stage `restore_point` of `decide`. */

import { isoTime } from '../../iso-time.ts';
import type { Objection, RestoreEvidence, Situation } from '../situation.ts';

/** Whether anybody wants to know of a snapshot. */
export function wantsRestorePoint({ policy, incident }: Situation): boolean {
  return policy?.restore.policy !== 'none' || incident.order?.from !== undefined;
}

export const NOT_WANTED: RestoreEvidence = { existence: 'none', detail: 'restore.policy is none' };

/** What to start from: without a snapshot, without state. */
export type RestoreChoice = { readonly restore: RestoreEvidence } | { readonly objection: Objection };

/**
 * Whether the snapshot can be restored from. Under `prefer` the job starts without state when it cannot; what a person
 * ordered is never replaced by that.
 */
export function restorePointStage(situation: Situation, found: RestoreEvidence): RestoreChoice {
  const objection = objectionTo(situation, found);
  if (objection === undefined) return { restore: found };
  const { policy, incident } = situation;
  if (policy?.restore.policy === 'require' || incident.order?.from !== undefined) return { objection };
  return { restore: { existence: 'none', detail: objection.detail } };
}

function objectionTo(
  { policy, incident, at, clockOffsetMs }: Situation,
  { snapshot, existence, detail }: RestoreEvidence,
): Objection | undefined {
  if (snapshot === undefined) return { reason: 'no_restore_point', detail };
  if (existence === 'missing') return { reason: 'restore_point_missing', detail: `${snapshot.path}: ${detail}` };
  if (existence === 'uncertain') return { reason: 'restore_point_uncertain', detail: `${snapshot.path}: ${detail}` };
  const maxAgeMs = policy?.restore.maxAgeMs;
  const { completedAt } = snapshot;
  if (incident.order?.from !== undefined || maxAgeMs === undefined || completedAt === undefined) return undefined;
  const completed = completedAt - clockOffsetMs;
  if (at - completed <= maxAgeMs) return undefined;
  const limit = isoTime(completed + maxAgeMs);
  return {
    reason: 'restore_point_too_old',
    detail: `${snapshot.path} was completed at ${isoTime(completed)}, to be used until ${limit}; ${detail}`,
  };
}
