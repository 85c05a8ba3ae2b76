/** Where the time from FAILED to RUNNING went: pure text. Called by the story of the restart. */

import { table } from '../../src/cli/table.ts';
import type { IncidentStoryResource } from '../../src/http/incident-resources.ts';

/** @param seen when flink-medic wrote down that the run had ended, RFC 3339 */
export function timeline(incident: IncidentStoryResource, seen: string | undefined): string {
  const [trigger] = incident.triggers;
  const [attempt] = incident.attempts;
  const steps: readonly (readonly [what: string, at: string | undefined])[] = [
    ['FAILED', incident.end],
    ['seen by flink-medic', seen],
    ['the alert began', trigger?.starts_at],
    ['the webhook came', trigger?.first],
    ['decided', attempt?.intended],
    ['submitted', attempt?.submitted],
    ['RUNNING', attempt?.running],
    ['confirmed', incident.closed],
  ];
  let before = Date.parse(incident.end);
  const rows = steps.map(([what, at]) => {
    if (at === undefined) return [what, 'not known', ''];
    const time = Date.parse(at);
    const took = time - before;
    before = time;
    return [what, seconds(time - Date.parse(incident.end)), seconds(took)];
  });
  return table(['STEP', 'AFTER', 'TOOK'], rows);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
