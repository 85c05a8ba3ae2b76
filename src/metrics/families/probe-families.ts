/** The two families of a probe (blackbox_exporter's names), only on the page of `/probe`. */

import type { FamilyRecord } from '../family.ts';
import { seconds } from './seconds.ts';

export interface ProbeResult {
  /** The cluster was observed, and a JobManager answered, within the time that the scraper gave. */
  readonly success: boolean;
  /** Milliseconds. */
  readonly durationMs: number;
}

const ofProbe = { type: 'gauge', labels: [], stability: 'stable', exportedFor: '/probe only' } as const;

export const PROBE_FAMILIES: readonly FamilyRecord<ProbeResult>[] = [
  {
    ...ofProbe,
    name: 'probe_success',
    help: 'Whether the cluster was observed within the time of the probe; without JobManagers, whether its archives could be listed.',
    write: (emit, { success }) => emit(Number(success)),
  },
  {
    ...ofProbe,
    name: 'probe_duration_seconds',
    help: 'How long the probe took.',
    write: (emit, { durationMs }) => emit(seconds(durationMs)),
  },
];
