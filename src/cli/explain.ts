/**
 * `explain CLUSTER JOB`: what is known of a job, from which source, how old, by which rule it was decided, and what would
 * happen now if its restart were asked for.
 */

import { Command } from 'commander';
import type { ExplanationResource } from '../http/incident-resources.ts';
import type { ExplainedRunResource } from '../http/resources.ts';
import { explanationText } from './incident-text.ts';
import type { CliContext } from './program.ts';
import { askServer, type ServerFlags, withServerFlags } from './server-client.ts';
import { factLines, printable } from './table.ts';

interface ExplainAnswer {
  readonly runs: readonly ExplainedRunResource[];
  readonly restart?: ExplanationResource;
  readonly restart_problem?: string;
}

export function explainCommand(context: CliContext): Command {
  return withServerFlags(new Command('explain').description('say what is known of a job, and why'))
    .argument('<cluster>', 'name of the cluster')
    .argument('<job>', 'name or id of the job')
    .action((cluster: string, job: string, flags: ServerFlags) => explain(cluster, job, flags, context));
}

async function explain(cluster: string, job: string, flags: ServerFlags, { print }: CliContext): Promise<void> {
  const path = `explain/${encodeURIComponent(cluster)}/${encodeURIComponent(job)}`;
  const answer = await askServer<ExplainAnswer>(flags, path, 'runs');
  if (flags.output === 'json') return print(JSON.stringify(answer, null, 2));
  const { runs, restart, restart_problem: problem } = answer;
  print(runs.map(story).join('\n\n'));
  if (restart !== undefined) print(`\n${explanationText(restart)}`);
  if (problem !== undefined) print(`\nwhether it would be restarted is not known: ${printable(problem)}`);
}

function story(run: ExplainedRunResource): string {
  const failure = run.last_failure;
  const { last_checkpoint: checkpoint, last_savepoint: savepoint, last_restored: restored } = run;
  const point = run.restore_point;
  const facts: (readonly [string, string | undefined])[] = [
    ['job id', run.generation === 1 ? run.job_id : `${run.job_id} (generation ${String(run.generation)})`],
    ['state', run.reason === undefined ? run.state : `${run.state} (${run.reason})`],
    ['because', `${run.because} [${run.rule}]`],
    ['since', run.since],
    ['source', run.source ?? (run.state === 'UNKNOWN' ? 'none now' : 'JobManager')],
    ['last seen alive', run.last_seen_alive],
    ['last observation', ageOf(run)],
    ['started', run.start],
    ['ended', run.end],
    ['superseded', run.superseded === undefined ? undefined : run.superseded ? 'yes, a newer run came' : 'no'],
    ['restarts', run.restarts === undefined ? 'not read yet' : String(run.restarts)],
    ['failovers', String(run.failovers)],
    ['last checkpoint', checkpoint && snapshot(checkpoint.id, checkpoint.completed, checkpoint.path)],
    ['last savepoint', savepoint && snapshot(savepoint.id, savepoint.completed, savepoint.path)],
    ['last restored', restored && snapshot(restored.id, restored.restored, restored.path)],
    [
      'restore point',
      point === undefined
        ? `none: ${run.restore_point_detail}`
        : `${point.kind} ${snapshot(point.id, point.completed, point.path)}`,
    ],
    [
      'last failure',
      failure && `${failure.exception}: ${failure.message}${failure.task && ` (${failure.task})`} at ${failure.time}`,
    ],
    ['archive', run.archive],
  ];
  const history = run.history.map(({ time, event, detail }) => `  ${time}  ${event.padEnd(9)} ${printable(detail)}`);
  return [
    `${printable(run.job_name)} on ${run.flink_cluster}`,
    ...factLines(facts),
    '  history',
    ...history.map((line) => `  ${line}`),
  ].join('\n');
}

function snapshot(id: number, at: string, path = ''): string {
  return `${String(id)} at ${at} ${path}`.trimEnd();
}

function ageOf(run: ExplainedRunResource): string | undefined {
  if (run.last_observation === undefined) return 'never';
  return `${run.last_observation} (${String(run.age_seconds ?? 0)} s ago)`;
}
