/** One policy of `restart:`: which jobs, when, from which state, how often and how; part of `restart-schema.ts`. */

import { z } from 'zod';

import { boundLabel } from '../core/label-value.ts';
import { CLAIM_MODES } from '../core/restart/policy.ts';
import { FINAL_STATUSES } from '../core/states.ts';
import { driverSchema } from './driver-schema.ts';
import { count, decimal, duration, flag, ownName, refusePart, text, unique } from './scalars.ts';
import { textMatcher } from './text-matcher.ts';
import { windowSchema } from './window-schema.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** Whoever cancels or stops a job on purpose needs time to say so, or to start it again. */
const MIN_WAIT_AFTER_INTENTION = 5 * MINUTE;

const match = z.strictObject({
  flink_cluster: textMatcher.describe('Name of the cluster'),
  job_name: textMatcher.describe('Name of the job'),
});

const triggers = z.strictObject({
  alerts: z
    .array(text)
    .superRefine(unique((alert) => alert))
    .prefault(['FlinkJobRepairWanted'])
    .describe('Names (alertname) of the alerts that may ask for a restart'),
  watchdog: flag.prefault(false).describe('Restart without an alert, as soon as a run ends in a status of on'),
});

const restore = z
  .strictObject({
    policy: z
      .enum(['require', 'prefer', 'none'])
      .prefault('require')
      .describe(
        'require: from the newest snapshot or not at all; prefer: from the newest snapshot, without state when there is none; none: without state',
      ),
    max_age: duration({ min: SECOND, max: 365 * DAY })
      .optional()
      .describe('Snapshots that were completed longer ago are not used; left out: any age'),
    claim_mode: z
      .enum(CLAIM_MODES)
      .prefault('NO_CLAIM')
      .describe(
        'Who owns the snapshot after the restore, as in Flink: with CLAIM the new run, which deletes it in the end',
      ),
    allow_non_restored_state: flag
      .prefault(false)
      .describe('Restore also when the snapshot has state that no operator of the jar takes'),
  })
  .superRefine(({ policy, max_age: maxAge }, context) => {
    if (policy !== 'none' || maxAge === undefined) return;
    refusePart(context, ['max_age'], 'does nothing with policy: none');
  });

const budget = z.strictObject({
  attempts: count({ min: 1, max: 1_000 }).prefault(3).describe('Restarts of one job in any time of length per'),
  per: duration({ min: MINUTE, max: 30 * DAY })
    .prefault('1h')
    .describe('When they are used up, the job must run for this long before it is restarted again'),
});

const backOff = z
  .strictObject({
    initial: duration({ min: SECOND, max: DAY }).prefault('10s').describe('Time before the second attempt'),
    factor: decimal({ min: 1, max: 100 }).prefault(2).describe('By how much it grows with each further attempt'),
    max: duration({ min: SECOND, max: DAY }).prefault('10m').describe('The longest time between two attempts'),
  })
  .superRefine(({ initial, max }, context) => {
    if (initial <= max) return;
    refusePart(context, ['max'], 'must be at least initial');
  });

const confirm = z
  .strictObject({
    running_for: duration({ min: SECOND, max: DAY })
      .prefault('30s')
      .describe('A restart has succeeded when its run was RUNNING for this long without a restart of its own'),
    checkpoint: flag.prefault(true).describe('… and has completed a checkpoint, when checkpoints are on'),
    timeout: duration({ min: SECOND, max: 7 * DAY })
      .prefault('5m')
      .describe('How long that may take; at least the interval of checkpoints and their time-out'),
  })
  .superRefine(({ running_for: runningFor, timeout }, context) => {
    if (timeout > runningFor) return;
    refusePart(context, ['timeout'], 'must be longer than running_for');
  });

const neverOn = z.strictObject({
  exceptions: z.array(textMatcher).prefault([]).describe('Classes of the exception that ended the run'),
  failure_labels: z
    .record(text, text)
    .prefault({})
    .describe("Labels of Flink's failure enrichers; one of them is enough"),
});

export const policySchema = z
  .strictObject({
    name: ownName.describe('Name of the policy, in the audit and in the reasons'),
    match: match.describe('The jobs that it is for'),
    triggers: triggers.prefault({}).describe('What may ask for a restart; people always may'),
    on: z
      .array(z.enum(FINAL_STATUSES))
      .min(1)
      .superRefine(unique((status) => status))
      .prefault(['FAILED'])
      .describe('Final statuses after which a job is restarted; CANCELED and FINISHED need a wait of at least 5m'),
    restore: restore.prefault({}).describe('The state that the job comes back with'),
    budget: budget.prefault({}).describe('How often'),
    backoff: backOff.prefault({}).describe('Time between attempts'),
    confirm: confirm.prefault({}).describe('When a restart has succeeded'),
    never_on: neverOn.prefault({}).describe('Causes of failure that a restart does not mend'),
    wait: duration({ min: 0, max: 7 * DAY })
      .prefault('0s')
      .describe('Time between the end of a run and the first decision'),
    vanished_wait: duration({ min: MINUTE, max: 7 * DAY })
      .prefault('10m')
      .describe('The same for a run that VANISHED: launchers and old tasks need time to show themselves'),
    batch: flag.prefault(false).describe('Restart also batch jobs, and jobs whose runs of one name overlapped'),
    windows: z.array(windowSchema).prefault([]).describe('Maintenance windows: no restart inside'),
    driver: driverSchema.describe('How the job is started'),
  })
  .superRefine((policy, context) => {
    const intended = policy.on.filter((status) => status === 'CANCELED' || status === 'FINISHED');
    if (intended.length === 0 || policy.wait >= MIN_WAIT_AFTER_INTENTION) return;
    refusePart(context, ['wait'], `must be at least 5m, because on has ${intended.join(' and ')}`);
  })
  .superRefine(({ match: { job_name: jobName }, driver }, context) => {
    const given = driver.flink_rest.config['pipeline.name'];
    if (given === undefined || jobName.matches(boundLabel(given))) return;
    const key = ['driver', 'flink_rest', 'config', 'pipeline.name'];
    refusePart(context, key, 'must fit match.job_name: else the new run would be another job');
  });

export type PolicyInput = z.output<typeof policySchema>;
