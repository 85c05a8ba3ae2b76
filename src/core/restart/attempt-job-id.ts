/** Under which job id an attempt submits. The evidence for a decision is gathered with it. */

import { hash } from 'node:crypto';
import type { EndedRun } from './incident.ts';

/** A Flink `JobID` is 16 bytes. */
const JOB_ID_DIGITS = 32;

/**
 * The job id that an attempt submits under: the first 32 hexadecimal digits of the SHA-256 of the JSON text
 * `["flink-medic",JOB_ID,TIME]`, where TIME is the end of the run in milliseconds of its JobManager's clock, or
 * its last start when it vanished, because nobody saw that end. A flink-medic that lost its ledger, or another one,
 * computes the same, and so Flink itself refuses the second copy. All attempts for one end have the same id: one that
 * came to nothing has left no run behind, and if it has after all, that is the one copy.
 *
 * @param of the end that the attempt answers
 */
export function attemptJobId(of: Pick<EndedRun, 'jobId' | 'status' | 'endTime' | 'lastStart'>): string {
  const time = of.status === 'VANISHED' ? of.lastStart : of.endTime;
  return hash('sha256', JSON.stringify(['flink-medic', of.jobId, time]), 'hex').slice(0, JOB_ID_DIGITS);
}
