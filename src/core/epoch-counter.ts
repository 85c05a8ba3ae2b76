/**
 * A counter of Flink that starts at 0 again whenever another JobManager takes the run over (an epoch). What was counted
 * before is carried, so that the exported counter never falls.
 */
export interface EpochCounter {
  /** Sum of the epochs before this one. */
  readonly carried: number;
  /** Highest value read in this epoch. */
  readonly current: number;
}

export const ZERO_COUNTER: EpochCounter = { carried: 0, current: 0 };

export function total(counter: EpochCounter): number {
  return counter.carried + counter.current;
}

/** Takes a reading of the present epoch. A lower one than before is an answer from a stale cache and changes nothing. */
export function read(counter: EpochCounter | undefined, value: number): EpochCounter {
  if (counter === undefined) return { carried: 0, current: value };
  return value > counter.current ? { carried: counter.carried, current: value } : counter;
}

/** Begins a new epoch: another JobManager counts from 0. */
export function nextEpoch(counter: EpochCounter): EpochCounter {
  return { carried: total(counter), current: 0 };
}
