/** `incidents [ID]`: the outages that flink-medic was asked to mend, or the whole story of one. */

import { Command } from 'commander';
import type { IncidentResource, IncidentStoryResource } from '../http/incident-resources.ts';
import { storyText } from './incident-text.ts';
import type { CliContext } from './program.ts';
import { askServer, type ServerFlags, withServerFlags } from './server-client.ts';
import { table } from './table.ts';

interface IncidentsFlags extends ServerFlags {
  readonly cluster?: string;
}

export function incidentsCommand(context: CliContext): Command {
  return withServerFlags(new Command('incidents').description('list incidents, or tell the whole story of one'))
    .argument('[id]', 'number of an incident')
    .option('--cluster <name>', 'only this cluster, in the list')
    .action((id: string | undefined, flags: IncidentsFlags) =>
      id === undefined ? list(flags, context) : tell(id, flags, context),
    );
}

async function list(flags: IncidentsFlags, { print }: CliContext): Promise<void> {
  const query = flags.cluster === undefined ? '' : `?flink_cluster=${encodeURIComponent(flags.cluster)}`;
  type Answer = { readonly incidents: readonly IncidentResource[] };
  const answer = await askServer<Answer>(flags, `incidents${query}`, 'incidents');
  if (flags.output === 'json') return print(JSON.stringify(answer, null, 2));
  const rows = answer.incidents.map((incident) => [
    String(incident.id),
    incident.flink_cluster,
    incident.job_name,
    incident.state,
    incident.reason ?? '',
    String(incident.attempts.length),
    incident.opened,
    incident.since,
  ]);
  print(table(['ID', 'CLUSTER', 'JOB', 'STATE', 'REASON', 'ATTEMPTS', 'OPENED', 'SINCE'], rows));
}

async function tell(id: string, flags: IncidentsFlags, { print }: CliContext): Promise<void> {
  type Answer = { readonly incident: IncidentStoryResource };
  const answer = await askServer<Answer>(flags, `incidents/${encodeURIComponent(id)}`, 'incident');
  print(flags.output === 'json' ? JSON.stringify(answer, null, 2) : storyText(answer.incident));
}
