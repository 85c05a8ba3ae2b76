/** From what the schema of `restart:` returns to {@link RestartRules}, which decisions are made by. */

import { resolve } from 'node:path';

import type { FlinkRestTarget, RestartPolicy, RestartRules } from '../core/restart/policy.ts';
import type { PolicyInput } from './policy-schema.ts';
import type { RestartInput } from './restart-schema.ts';

/** @param folder folder of the file that it stands in */
export function resolveRestart(input: RestartInput, folder: string): RestartRules {
  const { breaker } = input;
  return {
    mode: input.mode,
    maxConcurrent: input.max_concurrent,
    maxAttemptsPerHour: input.max_attempts_per_hour,
    actWithinMs: input.act_within,
    breaker: {
      failedRatio: breaker.failed_ratio,
      minJobs: breaker.min_jobs,
      windowMs: breaker.window,
      coolDownMs: breaker.cool_down,
    },
    policies: input.policies.map((policy) => resolvePolicy(policy, folder)),
  };
}

function resolvePolicy(input: PolicyInput, folder: string): RestartPolicy {
  const { match, restore, budget, backoff, confirm, never_on: neverOn } = input;
  return {
    name: input.name,
    match: { cluster: match.flink_cluster, jobName: match.job_name },
    triggers: input.triggers,
    on: input.on,
    restore: {
      policy: restore.policy,
      ...(restore.max_age !== undefined && { maxAgeMs: restore.max_age }),
      claimMode: restore.claim_mode,
      allowNonRestoredState: restore.allow_non_restored_state,
    },
    budget: { attempts: budget.attempts, perMs: budget.per },
    backOff: { initialMs: backoff.initial, factor: backoff.factor, maxMs: backoff.max },
    confirm: { runningForMs: confirm.running_for, checkpoint: confirm.checkpoint, timeoutMs: confirm.timeout },
    neverOn: { exceptions: neverOn.exceptions, failureLabels: neverOn.failure_labels },
    waitMs: input.wait,
    vanishedWaitMs: input.vanished_wait,
    batch: input.batch,
    windows: input.windows.map(({ days, from, to, time_zone: timeZone }) => ({ days, from, to, timeZone })),
    driver: resolveTarget(input.driver.flink_rest, folder),
  };
}

function resolveTarget(input: PolicyInput['driver']['flink_rest'], folder: string): FlinkRestTarget {
  const { jar, jar_name: name = '', entry_class: entryClass, parallelism } = input;
  return {
    submitTimeoutMs: input.submit_timeout,
    // The schema lets exactly one of the two through.
    jar: jar === undefined ? { name } : { file: resolve(folder, jar) },
    ...(entryClass !== undefined && { entryClass }),
    args: input.args,
    ...(parallelism !== undefined && { parallelism }),
    config: input.config,
  };
}
