/** What a change of a run means for the audit and the counters. Pure; `RememberedRuns` asks for every change. */

import { isSettled, type Run, type RunEvent } from './run.ts';
import { isEnded } from './states.ts';

/**
 * In the order in which they are told.
 *
 * @param before absent for a run that was not known
 * @param at our clock
 */
export function eventsOf(before: Run | undefined, after: Run, at: number): RunEvent[] {
  const { cluster, jobId, generation, rule, final, state } = after;
  const events: RunEvent[] = [];
  const note = (kind: RunEvent['kind'], detail: string): void => {
    events.push({ cluster, jobId, generation, rule, at, kind, detail });
  };
  if (before === undefined) note('seen', state);
  if (before !== undefined && after.failovers > before.failovers) {
    note('failover', `taken over, start time ${String(after.startTimes.at(-1))}`);
  }
  if (before?.final !== undefined && final === undefined) note('returned', state);
  if (after.countedVanished && before?.countedVanished !== true) note('vanished', 'VANISHED');
  if (final !== undefined && isEnded(final.status) && (before === undefined || !isSettled(before))) {
    note('ended', `${final.status}, source ${final.source}`);
  }
  return events;
}
