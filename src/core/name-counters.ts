/** What is counted per job name for ever: it survives every run, every restart of ours and every absence of the name. */

import type { EndedStatus } from './states.ts';

export interface NameCounters {
  readonly cluster: string;
  readonly name: string;
  readonly ended: Readonly<Record<EndedStatus, number>>;
  readonly vanished: number;
}

export function noCounts(cluster: string, name: string): NameCounters {
  return { cluster, name, ended: { FINISHED: 0, FAILED: 0, CANCELED: 0 }, vanished: 0 };
}

export function countEnded(counters: NameCounters, status: EndedStatus): NameCounters {
  return { ...counters, ended: { ...counters.ended, [status]: counters.ended[status] + 1 } };
}

export function countVanished(counters: NameCounters): NameCounters {
  return { ...counters, vanished: counters.vanished + 1 };
}
