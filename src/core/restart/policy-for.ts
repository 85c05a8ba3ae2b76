/** Which policy a job falls under; asked wherever something of a job is decided or shown. */

import type { RestartPolicy } from './policy.ts';

/** The policy that a job falls under: the first that matches, in file order. `name` in the bounded form of labels. */
export function policyFor(
  policies: readonly RestartPolicy[],
  cluster: string,
  name: string,
): RestartPolicy | undefined {
  return policies.find(({ match }) => match.cluster.matches(cluster) && match.jobName.matches(name));
}
