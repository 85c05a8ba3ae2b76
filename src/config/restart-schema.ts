/** `restart:` of the configuration file: switches, limits and policies; part of `schema.ts`. */

import { z } from 'zod';

import { RESTART_MODES } from '../core/restart/policy.ts';
import { policySchema } from './policy-schema.ts';
import { count, decimal, duration, refusePart, unique } from './scalars.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

const breaker = z.strictObject({
  failed_ratio: decimal({ min: 0, max: 1 })
    .refine((ratio) => ratio > 0, 'must be more than 0')
    .prefault(0.5)
    .describe('Share of the jobs that must have ended for it to open'),
  min_jobs: count({ min: 1, max: 1_000_000 }).prefault(5).describe('Jobs that must have ended for it to open'),
  window: duration({ min: MINUTE, max: DAY })
    .prefault('10m')
    .describe('Jobs that ended within this time count; the share is of the jobs that were alive at its start'),
  cool_down: duration({ min: SECOND, max: DAY })
    .prefault('5m')
    .describe('When it is over one restart is tried; success closes the breaker, failure doubles this time'),
});

export const restartSchema = z
  .strictObject({
    mode: z
      .enum(RESTART_MODES)
      .prefault('dry_run')
      .describe('off: nothing is decided; dry_run: what would be sent is written down, nothing is sent; on'),
    max_concurrent: count({ min: 1, max: 1_000 })
      .prefault(2)
      .describe('Restarts that are submitted or confirmed at one time, all clusters together'),
    max_attempts_per_hour: count({ min: 1, max: 100_000 })
      .prefault(20)
      .describe('Restarts in any hour, all clusters together'),
    act_within: duration({ min: MINUTE, max: 7 * DAY })
      .prefault('1h')
      .describe('Runs that ended longer ago are left to people'),
    breaker: breaker.prefault({}).describe('When many jobs of a cluster end together, restarts wait'),
    policies: z
      .array(policySchema)
      .superRefine(unique(({ name }) => name, 'name'))
      // Only the first of two would ever be used.
      .superRefine(unique(({ match }) => JSON.stringify(match), 'match'))
      .prefault([])
      .describe('Which jobs are restarted, when and how; of those that match a job the first counts'),
  })
  .superRefine((restart, context) => {
    for (const [index, { on, wait, vanished_wait: vanishedWait }] of restart.policies.entries()) {
      const waits = { wait, ...(on.includes('VANISHED') && { vanished_wait: vanishedWait }) };
      for (const [key, time] of Object.entries(waits)) {
        if (time < restart.act_within) continue;
        const message = 'must be shorter than restart.act_within: else every restart would be too late';
        refusePart(context, ['policies', index, key], message);
      }
    }
  });

export type RestartInput = z.output<typeof restartSchema>;
