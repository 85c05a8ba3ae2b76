/** Incidents and decisions in words, for the terminal. Called by the commands that show them. */

import type {
  AttemptResource,
  ExplanationResource,
  IncidentStoryResource,
  ReasonResource,
  SubmissionResource,
  TriggerResource,
} from '../http/incident-resources.ts';
import { factLines, printable } from './table.ts';

/** What would happen now, stage by stage. */
export function explanationText(explanation: ExplanationResource): string {
  const { decision, stages, until, would_send: wouldSend } = explanation;
  const reports = stages.map(({ stage, reason, detail = '' }): [string, string] => [
    stage,
    reason === undefined ? 'no objection' : `${reason}: ${detail}`,
  ]);
  return [
    printable(
      `restart of the run ${explanation.job_id}, which ended ${explanation.final_status} at ${explanation.end}`,
    ),
    ...factLines([
      ['decision', explanation.reason === undefined ? decision : `${decision} (${explanation.reason})`],
      ...reasonFacts(explanation),
      ['particulars', explanation.detail || undefined],
      ['not before', until],
      ['policy', explanation.policy],
      ['incident', explanation.incident?.toString()],
    ]),
    '  stages',
    ...indented(factLines(reports)),
    ...submissionLines('would send', wouldSend),
  ].join('\n');
}

/** The whole story of an incident. */
export function storyText(incident: IncidentStoryResource): string {
  const { reason, order } = incident;
  const events = incident.events.map(({ time, event, reason: why, detail }) =>
    printable(`  ${time}  ${event.padEnd(14)} ${[why, detail].filter(Boolean).join(': ')}`),
  );
  const deliveries = incident.deliveries.map(({ first, last, count, alertname, status, became, reason: why }) =>
    printable(`  ${first}  ${alertname} ${status}: ${why ?? became}; ${String(count)} times, last ${last}`),
  );
  return [
    printable(`incident ${String(incident.id)}: ${incident.job_name} on ${incident.flink_cluster}`),
    ...factLines([
      ['state', reason === undefined ? incident.state : `${incident.state} (${reason})`],
      ...reasonFacts(incident),
      ['particulars', incident.detail || undefined],
      ['since', incident.since],
      ['run', `${incident.job_id}, ${incident.final_status} at ${incident.end}`],
      ['opened', incident.opened],
      ['closed', incident.closed],
      ['policy', incident.policy],
      ...incident.triggers.map((trigger): [string, string] => ['asked for by', triggerText(trigger)]),
      ['ordered', order && [order.time, order.from && `from ${order.from}`, ...order.lift].filter(Boolean).join(', ')],
    ]),
    ...incident.attempts.flatMap(attemptLines),
    ...submissionLines('would send', incident.would_send),
    '  history',
    ...indented(events),
    ...(deliveries.length === 0 ? [] : ['  alerts', ...indented(deliveries)]),
  ].join('\n');
}

function reasonFacts({ because, advice }: Partial<ReasonResource>): [string, string | undefined][] {
  return [
    ['because', because],
    ['advice', advice],
  ];
}

function triggerText({ kind, name, first, last, count, withdrawn }: TriggerResource): string {
  const times = count === 1 ? `at ${first}` : `${String(count)} times from ${first} to ${last}`;
  return `${kind}${name && ` ${name}`}, ${times}${withdrawn ? ', withdrawn' : ''}`;
}

function attemptLines(attempt: AttemptResource): string[] {
  const { number, state, failure } = attempt;
  return [
    `  attempt ${String(number)}`,
    ...indented(
      factLines([
        ['state', failure === undefined ? state : `${state} (${failure})`],
        ['because', attempt.because],
        ['particulars', attempt.detail || undefined],
        ['decided', attempt.intended],
        ['sent', attempt.sent.join(', ') || undefined],
        ['submitted', attempt.submitted],
        ['running', attempt.running],
        ['its run', attempt.run_ended && `${attempt.run_ended.final_status} at ${attempt.run_ended.end}`],
        ['ended', attempt.ended],
      ]),
    ),
    ...indented(submissionLines('request', attempt.request)),
  ];
}

function submissionLines(title: string, request: SubmissionResource | undefined): string[] {
  if (request === undefined) return [];
  const { jar, restore, config } = request;
  return [
    `  ${title}`,
    ...indented(
      factLines([
        ['job id', request.job_id],
        ['jar', 'file' in jar ? `${jar.file} (SHA-256 ${jar.sha256})` : jar.name],
        ['entry class', request.entry_class],
        ['arguments', request.args.join(' ') || undefined],
        ['parallelism', request.parallelism?.toString()],
        ...Object.entries(config).map(([key, value]): [string, string] => ['configuration', `${key}: ${value}`]),
        [
          'restore from',
          restore === undefined ? 'nothing, it starts empty' : `${restore.path} (${restore.claim_mode})`,
        ],
        ['snapshot taken', restore?.completed],
        ['chosen', request.restore_detail],
      ]),
    ),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
