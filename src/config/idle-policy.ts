/** Whether a policy can ever act; asked by `load-config.ts` and for the warnings of `check-config`. */

import type { RestartPolicy } from '../core/restart/policy.ts';
import type { ClusterConfig } from './config.ts';

/** No cluster that it fits has a JobManager, to which a job could be submitted. */
export function isIdle({ match }: Pick<RestartPolicy, 'match'>, clusters: readonly ClusterConfig[]): boolean {
  return !clusters.some(({ name, jobManagers }) => jobManagers.length > 0 && match.cluster.matches(name));
}
