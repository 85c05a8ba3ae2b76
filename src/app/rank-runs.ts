/** The order of long lists of runs, found in turns of the event loop. Called by `knowledgeOf`. */

import { startOf } from '../core/run.ts';
import type { KnownRun } from '../http/knowledge.ts';
import { orderInTurns } from './order-in-turns.ts';

interface Order {
  /** Undefined leaves the run out. */
  readonly of: (known: KnownRun) => string | number | undefined;
  readonly descending: boolean;
}

/**
 * @param order the most important first, as `byImportance`, when left out; and so where it says the same of two
 * @param afterWork called after every little; resolves when the next may be done
 */
export async function rankRuns(
  runs: readonly KnownRun[],
  order: Order | undefined,
  afterWork: () => Promise<void>,
): Promise<readonly KnownRun[]> {
  // Once for each: what sleeps makes its end anew, or is read from the ledger, whenever it is asked.
  const isEnded = new Uint8Array(runs.length);
  const times = new Float64Array(runs.length);
  const values: (string | number | undefined)[] = [];
  const kept: KnownRun[] = [];
  for (const known of runs) {
    const { final } = known.run;
    const value = order?.of(known);
    if (order === undefined || value !== undefined) {
      isEnded[kept.length] = final === undefined ? 0 : 1;
      times[kept.length] = final?.endTime ?? startOf(known.run);
      if (order !== undefined) values.push(value);
      kept.push(known);
    }
    await afterWork();
  }
  const sign = order?.descending === true ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const [one, other] = [values[a], values[b]];
    if (one !== undefined && other !== undefined && one !== other) return one < other ? -sign : sign;
    return (isEnded[a] as number) - (isEnded[b] as number) || (times[b] as number) - (times[a] as number);
  };
  const ranked: KnownRun[] = [];
  for (const index of await orderInTurns(kept.length, compare, afterWork)) ranked.push(kept[index] as KnownRun);
  return ranked;
}
