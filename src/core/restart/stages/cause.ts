/** Stage `cause` of `decide`. */

import type { Objection, Situation } from '../situation.ts';

/** Whether the policy excludes what the run failed with (`never_on`). A run that did not fail has no cause. */
export function causeStage({ policy, run, ended }: Situation): Objection | undefined {
  const failure = run?.lastFailure;
  if (policy === undefined || failure === undefined || ended.status !== 'FAILED') return undefined;
  const { exceptions, failureLabels } = policy.neverOn;
  const pattern = exceptions.find((matcher) => matcher.matches(failure.exception));
  if (pattern !== undefined) {
    return {
      reason: 'failure_class',
      detail: `${failure.exception} is in never_on.exceptions as ${pattern.source}: ${failure.message}`,
    };
  }
  const labels = `,${failure.labels},`;
  const label = Object.entries(failureLabels).find(([key, value]) => labels.includes(`,${key}=${value},`));
  if (label === undefined) return undefined;
  return {
    reason: 'failure_class',
    detail: `failure label ${label.join('=')} is in never_on.failure_labels: ${failure.exception}: ${failure.message}`,
  };
}
