/** How a policy starts the job again; part of `policy-schema.ts`. */

import { z } from 'zod';

import { exactlyOne } from './http-schema.ts';
import { count, duration, refusePart, text } from './scalars.ts';

const SECOND = 1_000;
const DAY = 86_400_000;
/** Flink's largest parallelism (`Transformation.UPPER_BOUND_MAX_PARALLELISM`). */
const MAX_PARALLELISM = 32_768;

const JAVA_CLASS = /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u;

/** Options that would contradict the decision, with the place where it is made. Old names work in every version. */
const DECIDED: Readonly<Record<string, string>> = {
  'execution.savepoint.path': 'restore decides what the job is restored from',
  'execution.state-recovery.path': 'restore decides what the job is restored from',
  'execution.savepoint.ignore-unclaimed-state': 'use restore: allow_non_restored_state',
  'execution.state-recovery.ignore-unclaimed-state': 'use restore: allow_non_restored_state',
  'execution.savepoint-restore-mode': 'use restore: claim_mode',
  'execution.state-recovery.claim-mode': 'use restore: claim_mode',
};

const configValue = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number, true or false' })
  .refine(
    (value) => typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value),
    'is too large a number to be kept exactly; put it in quotes',
  )
  .transform(String)
  .meta({ anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] });

const flinkConfiguration = z.record(text, configValue).superRefine((given, context) => {
  for (const key of Object.keys(given)) {
    const advice = key.startsWith('$internal.')
      ? 'Flink keeps it for itself, and flink-medic chooses the job id'
      : Object.hasOwn(DECIDED, key) && DECIDED[key];
    if (advice) refusePart(context, [key], `cannot be set here; ${advice}`);
  }
});

const jarFile = text
  .refine((path) => !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(path), 'must be the path of a file here, not a URL')
  .refine((path) => /[^/]\.jar$/.test(path), 'must be the path of a file that ends in .jar')
  .refine((path) => !path.includes('\0'), 'must not contain control characters');

const jarName = text.refine(
  (name) => /^[^/\\\0]+\.jar$/.test(name),
  'must be the name of a jar at the JobManager, such as orders.jar, without a folder',
);

const flinkRest = z
  .strictObject({
    submit_timeout: duration({ min: SECOND, max: DAY })
      .prefault('15m')
      .describe("Time limit of the submission; the job's main() runs inside it"),
    jar: jarFile.optional().describe('File of the jar, uploaded when the JobManager does not have it; or jar_name'),
    jar_name: jarName.optional().describe('Name of a jar that is at the JobManager; or jar'),
    entry_class: text
      .refine((name) => JAVA_CLASS.test(name), 'must be the name of a class, such as com.example.Orders')
      .optional()
      .describe("Class with main(); left out: the one that the jar's manifest names"),
    args: z.array(z.string()).prefault([]).describe('Arguments of main()'),
    parallelism: count({ min: 1, max: MAX_PARALLELISM })
      .optional()
      .describe("Parallelism of the job; left out: the cluster's default"),
    config: flinkConfiguration
      .prefault({})
      .describe('Flink options of this job; what restore decides and the job id cannot be set here'),
  })
  .superRefine(exactlyOne('jar', 'jar_name'));

export const driverSchema = z.strictObject({
  flink_rest: flinkRest.describe('Submits a jar to the REST address of the cluster (a session cluster)'),
});
