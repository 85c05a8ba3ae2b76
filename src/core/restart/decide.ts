/**
 * Whether a failed job is brought back now: the stages of `STAGES` in their order, of which the first that objects wins.
 * Evidence is asked for only when everything before has no objection. The restart worker decides with this, and
 * `explain` shows it.
 */

import type { SubmissionRequest } from './incident.ts';
import { REASONS, STAGES } from './reasons.ts';
import type { Evidence, Objection, Situation, StageReport, Verdict } from './situation.ts';
import { ageStage } from './stages/age.ts';
import { breakerStage } from './stages/breaker.ts';
import { budgetStage } from './stages/budget.ts';
import { causeStage } from './stages/cause.ts';
import { freshLookStage, knownRunsStage, stillGone } from './stages/fresh-look.ts';
import { modeStage } from './stages/mode.ts';
import { policyStage } from './stages/policy.ts';
import { NOT_WANTED, restorePointStage, wantsRestorePoint } from './stages/restore-point.ts';
import { subjectStage } from './stages/subject.ts';
import { switchesStage } from './stages/switches.ts';

export interface Decision {
  readonly verdict: Verdict;
  /** In their order, up to the first that objects. */
  readonly stages: readonly StageReport[];
}

type Stage = (situation: Situation) => Objection | undefined;

const BEFORE_LOOK: readonly Stage[] = [policyStage, switchesStage, ageStage, subjectStage];
const AFTER_LOOK: readonly Stage[] = [causeStage, budgetStage, breakerStage];

/** @throws what gathering the evidence throws: nothing is decided then */
export async function decide(situation: Situation, evidence: Evidence): Promise<Decision> {
  const early = firstObjection(BEFORE_LOOK, situation);
  if (early !== undefined) return objected(early);
  const looks = await evidence.looks();
  // Looking takes a while, in which a back-off can have passed.
  const looked = { ...situation, at: Math.max(situation.at, looks.at(-1)?.at ?? situation.at) };
  const objection = freshLookStage(looked, looks) ?? firstObjection(AFTER_LOOK, looked);
  if (objection !== undefined) return objected(objection);
  const found = wantsRestorePoint(situation) ? await evidence.restorePoint() : NOT_WANTED;
  const choice = restorePointStage(looked, found);
  if ('objection' in choice) return objected(choice.objection);
  const request = await evidence.request(choice.restore);
  if ('problem' in request) return objected({ reason: 'jar_unreadable', detail: request.problem });
  const last = modeStage(situation);
  if (last !== undefined) return objected(last, request);
  const process = looks.at(-1)?.process ?? '';
  return { verdict: { decision: 'accepted', request, process }, stages: STAGES.map((stage) => ({ stage })) };
}

/**
 * What objects by what flink-medic itself knows now. Many decisions are made side by side, so it is asked again right
 * before an intent is written, where nothing can come between.
 */
export function objectionNow(situation: Situation): Objection | undefined {
  return firstObjection([...BEFORE_LOOK, knownRunsStage, ...AFTER_LOOK, modeStage], situation);
}

/**
 * What objects to sending what was decided before, after a crash or an answer that never came. It is sent as it was
 * decided, whatever became of the policy and of budgets; but not when restarts were stopped, it is too late, or the job
 * may run.
 */
export async function resumeObjection(
  situation: Situation,
  evidence: Pick<Evidence, 'looks'>,
): Promise<Objection | undefined> {
  const early = firstObjection([switchesStage, ageStage, modeStage], situation);
  return early ?? stillGone(situation, await evidence.looks());
}

function firstObjection(stages: readonly Stage[], situation: Situation): Objection | undefined {
  for (const stage of stages) {
    const objection = stage(situation);
    if (objection !== undefined) return objection;
  }
  return undefined;
}

/** The reason says at which stage it objected, whenever that could be found out. */
function objected(objection: Objection, request?: SubmissionRequest): Decision {
  const { stage, decision } = REASONS[objection.reason];
  const passed = STAGES.slice(0, STAGES.indexOf(stage)).map((name) => ({ stage: name }));
  return {
    verdict: { decision, ...objection, ...(request && { request }) },
    stages: [...passed, { stage, objection }],
  };
}
