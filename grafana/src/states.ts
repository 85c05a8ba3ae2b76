/**
 * The states of a run as numbers, texts and colours, the same on every dashboard. flink-medic exports a series for each
 * state; a lane of a state timeline needs one series with a number, which `stateOf` makes.
 */

import { BY_RUN, highest, JOB } from './promql.ts';

export interface Look {
  readonly text: string;
  readonly color: string;
}

/** The number of a state is its place here, from 1. In docs/dashboards.md, too. */
export const STATES: readonly Look[] = [
  { text: 'INITIALIZING', color: 'light-blue' },
  { text: 'CREATED', color: 'blue' },
  { text: 'RUNNING', color: 'green' },
  { text: 'RESTARTING', color: 'orange' },
  { text: 'RECONCILING', color: 'light-purple' },
  { text: 'CANCELLING', color: 'light-yellow' },
  { text: 'FAILING', color: 'dark-orange' },
  { text: 'SUSPENDED', color: 'yellow' },
  { text: 'UNKNOWN', color: 'text' },
  { text: 'FINISHED', color: 'dark-green' },
  { text: 'CANCELED', color: 'dark-blue' },
  { text: 'FAILED', color: 'red' },
  { text: 'VANISHED', color: 'dark-purple' },
];

/** States that a run should leave soon. */
export const PASSING = 'INITIALIZING|CREATED|RESTARTING|RECONCILING|SUSPENDED';
/** States that a run should leave sooner. */
export const ENDING = 'FAILING|CANCELLING';
/** States in which a run stays for ever. */
export const FINAL = 'FINISHED|CANCELED|FAILED|VANISHED';

/** Numbers to looks, for value mappings. */
export const STATE_LOOKS: Readonly<Record<string, Look>> = Object.fromEntries(
  STATES.map((look, index) => [String(index + 1), look]),
);

const NUMBERS = STATES.map(({ text }, index) => `label_replace(vector(${index + 1}), "state", "${text}", "", "")`);

/** The state of each run as a number; where two flink-medics differ, the worse one. */
export const STATE_OF = highest(
  BY_RUN,
  `(flink_job_status{${JOB}} == 1) * on (state) group_left () (\n    ${NUMBERS.join('\n    or ')}\n  )`,
);
