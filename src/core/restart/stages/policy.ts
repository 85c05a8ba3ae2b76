/** Stage `policy` of `decide`. */

import type { Trigger } from '../incident.ts';
import type { RestartPolicy } from '../policy.ts';
import type { Objection, Situation } from '../situation.ts';

/**
 * Whether the job is under a policy, and the policy wants what asked. A trigger that is withdrawn counts as well: our own
 * restarts make series stale, and so "resolve" alerts. A person always counts.
 */
export function policyStage({ policy, incident, ended }: Situation): Objection | undefined {
  const { cluster, name } = incident.run;
  if (policy === undefined)
    return { reason: 'no_policy', detail: `no policy matches job ${name} of cluster ${cluster}` };
  if (!incident.triggers.some((trigger) => isWanted(trigger, policy))) {
    const asked = incident.triggers.map(({ kind, name: who }) => (kind === 'alert' ? `alert ${who}` : kind)).join(', ');
    return { reason: 'not_opted_in', detail: `policy ${policy.name} does not list what asked: ${asked}` };
  }
  // How the others ended is told apart by the fresh look.
  if (ended.status === 'FAILED' && !policy.on.includes('FAILED')) {
    return { reason: 'not_opted_in', detail: `on of policy ${policy.name} does not list FAILED` };
  }
  return undefined;
}

function isWanted({ kind, name }: Trigger, { triggers }: RestartPolicy): boolean {
  if (kind === 'alert') return triggers.alerts.includes(name);
  return kind === 'person' || triggers.watchdog;
}
