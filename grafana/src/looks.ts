/** Texts and colours of what is not a state of a run. */

import type { Look } from './states.ts';

export const GOOD = 'green';
export const ODD = 'orange';
export const BAD = 'red';

/** Green at 0, bad above. */
export const NONE_IS_GOOD = [[GOOD], [BAD, 1]] as const;
/** Green at 0, odd above. */
export const NONE_IS_USUAL = [[GOOD], [ODD, 1]] as const;

export const UP: Readonly<Record<string, Look>> = {
  '0': { text: 'down', color: BAD },
  '1': { text: 'up', color: GOOD },
};

export const YES_NO: Readonly<Record<string, Look>> = {
  '0': { text: 'no', color: 'text' },
  '1': { text: 'yes', color: 'text' },
};

export const GOOD_BAD: Readonly<Record<string, Look>> = {
  '0': { text: 'no', color: BAD },
  '1': { text: 'yes', color: GOOD },
};

export const MODE: Readonly<Record<string, Look>> = {
  '0': { text: 'off', color: 'text' },
  '1': { text: 'dry run', color: ODD },
  '2': { text: 'on', color: GOOD },
};

export const SEVERITY: Readonly<Record<string, Look>> = {
  critical: { text: 'critical', color: BAD },
  warning: { text: 'warning', color: ODD },
  info: { text: 'info', color: 'blue' },
};

/** States of an incident; those of people's concern stand out. */
export const INCIDENT: Readonly<Record<string, Look>> = {
  waiting: { text: 'waiting', color: 'blue' },
  deferred: { text: 'deferred', color: 'blue' },
  submitting: { text: 'submitting', color: 'light-green' },
  confirming: { text: 'confirming', color: 'light-green' },
  backing_off: { text: 'backing off', color: ODD },
  unconfirmed: { text: 'unconfirmed', color: ODD },
  refused: { text: 'refused', color: BAD },
  exhausted: { text: 'exhausted', color: BAD },
  withdrawn: { text: 'withdrawn', color: 'text' },
};

/** What became of an attempt. */
export const RESULTS: readonly Look[] = [
  { text: 'succeeded', color: GOOD },
  { text: 'failed', color: BAD },
  { text: 'unconfirmed', color: ODD },
  { text: 'withdrawn', color: 'text' },
];
