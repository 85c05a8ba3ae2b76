/** The table of what is bounded, in docs/sizing.md. */

import { ENDED_RUNS_PER_EXPORTED, LIVE_RUNS_PER_EXPORTED } from '../../src/app/retention.ts';
import { MAX_AUDIT_EVENTS } from '../../src/app/medic.ts';
import { MAX_UNWRITTEN } from '../../src/ledger/recorder.ts';
import { type Bound, BOUNDS } from '../../src/metrics/bounds.ts';
import { MAX_DELIVERIES } from '../../src/restart/incident-store.ts';
import { MAX_WAITING as MAX_WAITING_ALERTS } from '../../src/restart/intake.ts';
import { MAX_WAITING as MAX_WAITING_NOTIFICATIONS } from '../../src/restart/notifier.ts';
import { MAX_INCIDENTS, MAX_INCIDENTS_OF_CLUSTER } from '../../src/restart/open-incident.ts';
import { tableRow } from './generated-file.ts';
import { generatedPart } from './generated-part.ts';

const LIMITS: Readonly<Record<Bound, string>> = {
  concurrent_restarts: '`restart.max_concurrent`',
  attempts_per_hour: '`restart.max_attempts_per_hour`',
  waiting_alerts: number(MAX_WAITING_ALERTS),
  waiting_notifications: number(MAX_WAITING_NOTIFICATIONS),
  exported_runs: '`observe.max_jobs`',
  live_runs: `${number(LIVE_RUNS_PER_EXPORTED)} × \`observe.max_jobs\``,
  ended_runs: `${number(ENDED_RUNS_PER_EXPORTED)} × \`observe.max_jobs\``,
  incidents: `${number(MAX_INCIDENTS)}, ${number(MAX_INCIDENTS_OF_CLUSTER)} of a cluster`,
  alert_deliveries: number(MAX_DELIVERIES),
  audit_events: number(MAX_AUDIT_EVENTS),
  unwritten_events: number(MAX_UNWRITTEN),
};

export const boundsPart = generatedPart('docs/sizing.md', 'bounds', () => [
  tableRow(['`bound`', 'counts', 'limit', 'at the limit']),
  tableRow(['---', '---', '---', '---']),
  ...Object.entries(BOUNDS).map(([bound, { what, atLimit }]) =>
    tableRow([`\`${bound}\``, what, LIMITS[bound as Bound], atLimit]),
  ),
]);

function number(value: number): string {
  return value.toLocaleString('en');
}
