/** Under which job id an attempt submits. The evidence for a decision is gathered with it. */

import { hash } from 'node:crypto';
import type { EndedRun } from './incident.ts';

/** A Flink `JobID` is 16 bytes. */
const JOB_ID_DIGITS = 32;

/**
 * The job id that an attempt submits under: the first 32 hexadecimal digits of the SHA-256 of the JSON text
 * `["flink-medic",JOB_ID,TIME,NUMBER]`, where TIME is the end of the run in milliseconds of its JobManager's clock, or
 * its last start when it vanished, because nobody saw that end. A flink-medic that lost its ledger, or another one,
 * computes the same, and so Flink itself refuses the second copy.
 *
 * @param of the end that the attempt answers
 * @param number of the attempt for that very end: 1, unless one before came to nothing without leaving a run behind
 */
export function attemptJobId(of: Pick<EndedRun, 'jobId' | 'status' | 'endTime' | 'lastStart'>, number: number): string {
  const time = of.status === 'VANISHED' ? of.lastStart : of.endTime;
  return hash('sha256', JSON.stringify(['flink-medic', of.jobId, time, number]), 'hex').slice(0, JOB_ID_DIGITS);
}
