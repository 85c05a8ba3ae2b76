/** Stage `cause` of `decide`. */

import type { Objection, Situation } from '../situation.ts';

/**
 * Whether the policy excludes what the run failed with (`never_on`), as long as nobody knows that, too. A run that did not
 * fail has no cause.
 */
export function causeStage({ policy, run, ended }: Situation): Objection | undefined {
  if (policy === undefined || ended.status !== 'FAILED') return undefined;
  const { exceptions, failureLabels } = policy.neverOn;
  if (exceptions.length === 0 && Object.keys(failureLabels).length === 0) return undefined;
  const failure = run?.lastFailure;
  if (failure === undefined) {
    const detail = `why run ${ended.jobId} failed is not known yet, and policy ${policy.name} has never_on`;
    return { reason: 'cannot_verify', detail };
  }
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
