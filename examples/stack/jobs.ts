/** The jobs of the stack, by what becomes of them. Called by all of the stack. */

import type { Watched } from '../demo/configuration.ts';
import type { JobProgram } from '../demo/flink.ts';

export const JOBS = {
  /** Should always run, and does; later twice. */
  expected: 'orders',
  /** Should always run, and nobody has started it. */
  missing: 'reports',
  /** Fails, and nobody is asked to bring it back. */
  unattended: 'clicks',
  /** Fails, and flink-medic brings it back. */
  repaired: 'payments',
  /** Fails again after each restart, of which it has one in an hour. */
  hopeless: 'shipments',
  /** Fails while flink-medic cannot reach the JobManager. */
  unseen: 'invoices',
} as const;

/** Those that run from the start. */
export const STARTED = Object.values(JOBS).filter((name) => name !== JOBS.missing);

/** What flink-medic is told about them. */
export function watched(jobManagerUrl: string, programOf: (name: string) => JobProgram): Watched {
  const policy = (name: string) => ({ name, program: programOf(name) });
  return {
    jobManagerUrl,
    expectedJobs: [JOBS.expected, JOBS.missing],
    policies: [policy(JOBS.repaired), { ...policy(JOBS.hopeless), attempts: 1 }, policy(JOBS.unseen)],
  };
}
