/** `restart CLUSTER JOB` and `release INCIDENT`: what a person orders about one job. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { LIFTABLE, type Liftable } from '../core/restart/reasons.ts';
import type { ExplanationResource, IncidentResource } from '../http/incident-resources.ts';
import { explanationText } from './incident-text.ts';
import type { CliContext } from './program.ts';
import { type AddressFlags, orderServer, withOrderFlags } from './server-client.ts';
import { printable } from './table.ts';

interface RestartFlags extends AddressFlags {
  readonly dryRun?: true;
  readonly from?: string;
  readonly lift: readonly Liftable[];
}

export function restartCommand(context: CliContext): Command {
  const lift = new Option('--lift <reason>', `lift a refusal: ${LIFTABLE.join(', ')}; repeatable`)
    .argParser(parseLift)
    .default([]);
  return withOrderFlags(new Command('restart').description('order the restart of a job whose run has ended'))
    .argument('<cluster>', 'name of the cluster')
    .argument('<job>', 'name or id of the job')
    .option('--dry-run', 'only say what would happen')
    .option('--from <path>', 'restore from this snapshot instead of the newest')
    .addOption(lift)
    .action((cluster: string, job: string, flags: RestartFlags) => restart(cluster, job, flags, context));
}

async function restart(cluster: string, job: string, flags: RestartFlags, { print }: CliContext): Promise<void> {
  const { from, lift } = flags;
  const order = { flink_cluster: cluster, job, lift, ...(from !== undefined && { from }) };
  if (flags.dryRun) {
    type Answer = { readonly restart: ExplanationResource };
    const answer = await orderServer<Answer>(flags, 'restarts', { ...order, dry_run: true }, 'restart');
    print(explanationText(answer.restart));
  } else {
    print(orderedText(await orderServer<IncidentAnswer>(flags, 'restarts', order, 'incident')));
  }
}

export function releaseCommand(context: CliContext): Command {
  return withOrderFlags(new Command('release').description('give up an attempt whose outcome is unconfirmed'))
    .argument('<incident>', 'number of the incident')
    .action(async (id: string, flags: AddressFlags) => {
      const path = `incidents/${encodeURIComponent(id)}/release`;
      context.print(orderedText(await orderServer<IncidentAnswer>(flags, path, {}, 'incident')));
    });
}

interface IncidentAnswer {
  readonly incident: IncidentResource;
}

function orderedText({ incident }: IncidentAnswer): string {
  const { id, job_name: name, flink_cluster: cluster, state, reason } = incident;
  const why = reason === undefined ? '' : ` (${reason})`;
  const next = `flink-medic incidents ${String(id)} tells how it goes on`;
  return printable(`incident ${String(id)} of ${name} on ${cluster}: ${state}${why}; ${next}`);
}

function parseLift(text: string, previous: readonly Liftable[]): Liftable[] {
  const reason = LIFTABLE.find((liftable) => liftable === text);
  if (reason === undefined) throw new InvalidArgumentError(`Only ${LIFTABLE.join(', ')} can be lifted.`);
  return [...previous, reason];
}
