/** What is remembered of a job across its incidents, and how the attempts of a policy's budget are counted in it. */

import { type AttemptResult, type JobRepairs, MAX_INTENTS } from './incident.ts';
import type { RestartPolicy } from './policy.ts';

type Budget = Pick<RestartPolicy, 'budget'>;

/** The limit of the whole process counts the intents of an hour. */
const HOUR_MS = 3_600_000;

/** Intents in the last `perMs` milliseconds. Those of the future count too: a clock was set back. */
export function intentsWithin(
  { intents, resetAt = Number.NEGATIVE_INFINITY }: Pick<JobRepairs, 'intents' | 'resetAt'>,
  perMs: number,
  at: number,
): number {
  return intents.filter((intendedAt) => at - intendedAt < perMs && intendedAt > resetAt).length;
}

/** Attempts that the policy still allows now. */
export function remaining(repairs: Pick<JobRepairs, 'intents' | 'resetAt'>, { budget }: Budget, at: number): number {
  return Math.max(0, budget.attempts - intentsWithin(repairs, budget.perMs, at));
}

export function withIntent(repairs: JobRepairs, { budget }: Budget, at: number): JobRepairs {
  const kept = repairs.intents.filter((intendedAt) => at - intendedAt < Math.max(budget.perMs, HOUR_MS));
  return { ...repairs, intents: [...kept, at].slice(-MAX_INTENTS), sinceStable: repairs.sinceStable + 1 };
}

/** An attempt got its result. One that is unconfirmed may get another one later. */
export function withResult(repairs: JobRepairs, result: AttemptResult, at: number): JobRepairs {
  return {
    ...repairs,
    ...(result === 'failed' && { lastFailedAt: at }),
    results: { ...repairs.results, [result]: repairs.results[result] + 1 },
  };
}

/** The attempts are used up. That holds until the job has run stably, or a person lifts it. */
export function budgetSpent(repairs: JobRepairs): JobRepairs {
  return repairs.exhausted ? repairs : { ...repairs, exhausted: true };
}

/** A person lifts what is exhausted: the budget counts from now on. */
export function givenBack(repairs: JobRepairs, at: number): JobRepairs {
  return { ...stabilised(repairs), resetAt: at };
}

/** The job ran for as long as its budget counts: the back-off begins anew, and nothing is exhausted. */
export function stabilised({ lastFailedAt: _over, ...repairs }: JobRepairs): JobRepairs {
  return { ...repairs, sinceStable: 0, exhausted: false };
}
