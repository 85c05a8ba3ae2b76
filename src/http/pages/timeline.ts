/**
 * The runs of a job as bars over time: colour and pattern by how they ended, with failovers and incidents. A picture for
 * the list of runs that stands below it, which says the same in words.
 */

import { isoTime } from '../../core/iso-time.ts';
import type { Incident } from '../../core/restart/incident.ts';
import { type Run, startOf } from '../../core/run.ts';
import { html, type Html } from '../html.ts';
import { isAbout } from './trouble.ts';

const WIDTH = 1000;
const LEFT = 96;
const ROW = 22;
const TOP = 22;
const BAR = 12;

/** So that the shortest run can be seen. */
const SHORTEST = 4;

type Pattern = 'stripes' | 'dots' | 'bars' | 'plain';

const LOOKS: Readonly<Record<string, readonly [fill: string, pattern: Pattern]>> = {
  FAILED: ['badbar', 'stripes'],
  VANISHED: ['badbar', 'dots'],
  CANCELED: ['calmbar', 'bars'],
  FINISHED: ['calmbar', 'plain'],
  RUNNING: ['goodbar', 'plain'],
};
const OTHER = ['warningbar', 'dots'] as const;

const PATTERNS = html`<defs>
<pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stroke" x1="0" y1="0" x2="0" y2="7"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><circle class="dot" cx="3" cy="3" r="1.3"/></pattern>
<pattern id="bars" width="8" height="8" patternUnits="userSpaceOnUse"><line class="stroke" x1="4" y1="0" x2="4" y2="8"/></pattern>
</defs>
`;

/**
 * @param runs newest first
 * @param now our clock, milliseconds: where the bars of live runs end
 */
export function timelineOf(runs: readonly Run[], incidents: readonly Incident[], now: number): Html {
  const from = Math.min(...runs.map(startOf));
  const to = Math.max(now, ...runs.map((run) => run.final?.endTime ?? startOf(run)), from + 1);
  const x = (time: number): number => LEFT + Math.round(((time - from) / (to - from)) * (WIDTH - LEFT - 10));
  const height = TOP + runs.length * ROW;
  const rows = runs.map((run, index) => {
    const about = incidents.filter((incident) => isAbout(incident, run) && incident.run.jobId === run.jobId);
    return rowOf(run, about, TOP + index * ROW, x, to);
  });
  return html`<div class="scroll" role="region" aria-label="Timeline" tabindex="0">
<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of ${runs.length} runs; the list below has the same in words">
${PATTERNS}<text class="axis" x="${LEFT}" y="12">${shortTime(from)}</text>
<text class="axis" x="${WIDTH - 10}" y="12" text-anchor="end">${shortTime(to)}</text>
<line class="line" x1="${LEFT}" y1="${TOP - 4}" x2="${WIDTH - 10}" y2="${TOP - 4}"/>
${rows}</svg>
</div>
<ul class="legend">
${legend('FAILED', 'failed')}${legend('VANISHED', 'vanished')}${legend('CANCELED', 'cancelled')}${legend('FINISHED', 'finished')}${legend('RUNNING', 'running')}${legend('UNKNOWN', 'other live states')}<li>◆ taken over by another JobManager</li>
<li>▼ incident</li>
</ul>
`;
}

function rowOf(run: Run, incidents: readonly Incident[], y: number, x: (time: number) => number, to: number): Html {
  const [start, end] = [x(startOf(run)), x(run.final?.endTime ?? to)];
  const middle = y + BAR / 2;
  const failovers = run.startTimes
    .slice(1)
    .map((time) => html`<path class="mark" d="M${x(time)} ${y - 1}l7 7l-7 7l-7 -7z"/>\n`);
  const opened = incidents.map(
    ({ openedAt }) => html`<path class="mark" d="M${Math.min(x(openedAt), x(to))} ${y + BAR}l-6 -11h12z"/>\n`,
  );
  return html`<text x="0" y="${middle + 4}">${run.state}</text>
${bar(run.state, start, y, Math.max(SHORTEST, end - start))}${failovers}${opened}`;
}

function bar(state: string, x: number, y: number, width: number): Html {
  const [fill, pattern] = LOOKS[state] ?? OTHER;
  const place = html`x="${x}" y="${y}" width="${width}" height="${BAR}" rx="2"`;
  const overlay = pattern === 'plain' ? undefined : html`<rect ${place} fill="url(#${pattern})"/>\n`;
  return html`<rect class="${fill}" ${place}/>\n${overlay}`;
}

function legend(state: string, text: string): Html {
  return html`<li><svg class="timeline" viewBox="0 0 26 12" aria-hidden="true">${bar(state, 0, 0, 26)}</svg>${text}</li>\n`;
}

/** To the minute; the list has it exactly. */
function shortTime(ms: number): string {
  return isoTime(ms)
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, 'Z');
}
