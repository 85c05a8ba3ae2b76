/** Where the time from the end to RUNNING went: pure text. Called by the story of the restart. */

import { table } from '../../src/cli/table.ts';
import type { IncidentStoryResource } from '../../src/http/incident-resources.ts';

/** @param seen when flink-medic wrote down that the run had ended, RFC 3339 */
export function timeline(incident: IncidentStoryResource, seen: string | undefined): string {
  const [trigger] = incident.triggers;
  const [attempt] = incident.attempts;
  const steps: readonly [what: string, at: string | undefined][] = [
    ['ended', incident.end],
    ['seen by flink-medic', seen],
    ['the alert began', trigger?.starts_at],
    ['the webhook came', trigger?.first],
    ['decided', attempt?.intended],
    ['submitted', attempt?.submitted],
    ['RUNNING', attempt?.running],
    ['confirmed', incident.closed],
  ];
  const times = steps
    .flatMap(([what, at]) => (at === undefined ? [] : [{ what, time: Date.parse(at) }]))
    // A job can run before the answer to its submission has come.
    .toSorted((a, b) => a.time - b.time);
  const [first = 0] = times.map(({ time }) => time);
  const rows = times.map(({ what, time }, index) => [
    what,
    seconds(time - first),
    seconds(time - (times[index - 1]?.time ?? first)),
  ]);
  return table(['STEP', 'AFTER', 'TOOK'], rows);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
