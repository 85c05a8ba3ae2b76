/** What can be wrong with a job, as vectors with one series for each run or name: for counting and for the table. */

import { BY_NAME, BY_RUN, highest, JOB } from './promql.ts';
import { ENDING, PASSING } from './states.ts';

/** Stuck is who stays so many seconds in a passing state, as in the alert FlinkJobStuck. */
export const STUCK_AFTER = 900;
/** Or in one that is about to end. */
export const STUCK_ENDING_AFTER = 300;

function endedAs(status: string): string {
  const ended = highest(BY_RUN, `flink_job_final_status{${JOB}, status="${status}"}`);
  return `(${ended} unless ${highest(BY_RUN, `flink_job_superseded{${JOB}}`)} == 1)`;
}

function isIn(states: string): string {
  return `${highest(BY_RUN, `flink_job_status{${JOB}, state=~"${states}"}`)} == 1`;
}

const ENTERED = highest(BY_RUN, `flink_job_state_entered_timestamp_seconds{${JOB}}`);
const EXPECTED = highest(BY_NAME, `flink_job_expected{${JOB}}`);
const LIVE_RUNS = highest(BY_NAME, `flink_job_live_runs{${JOB}}`);

export const FAILED = endedAs('FAILED');
export const VANISHED = endedAs('VANISHED');
export const UNKNOWN = `(${isIn('UNKNOWN')})`;
export const STUCK = `(${stuck(PASSING, STUCK_AFTER)} or ${stuck(ENDING, STUCK_ENDING_AFTER)})`;
export const MISSING = `(${LIVE_RUNS} == 0 and ${EXPECTED})`;
export const TWICE = `(${LIVE_RUNS} > 1 and ${EXPECTED})`;

const ENDED = highest(BY_RUN, `flink_job_end_timestamp_seconds{${JOB}}`);
const LAST_ENDED = highest(BY_NAME, `flink_job_end_timestamp_seconds{${JOB}}`);
const LAST_STARTED = highest(BY_NAME, `flink_job_start_timestamp_seconds{${JOB}}`);

/** Since when, in seconds: a series for each problem, with the label `problem`. A job that failed is not also missing. */
export const PROBLEMS_SINCE = [
  problem('FAILED', `${ENDED} and ${FAILED}`),
  problem('VANISHED', `${ENDED} and ${VANISHED}`),
  problem('UNKNOWN', `${ENTERED} and ${UNKNOWN}`),
  problem('STUCK', `${ENTERED} and ${STUCK}`),
  problem('TWICE', `${LAST_STARTED} and ${TWICE}`),
  problem(
    'MISSING',
    `(${LAST_ENDED} or 0 * ${EXPECTED}) and ${MISSING} unless on (${BY_NAME}) (${FAILED} or ${VANISHED})`,
  ),
].join('\nor ');

function stuck(states: string, after: number): string {
  return `(${isIn(states)} and time() - ${ENTERED} > ${after})`;
}

function problem(name: string, timestamp: string): string {
  return `label_replace(${timestamp}, "problem", "${name}", "", "")`;
}
