/** `jobs`: the runs that a running flink-medic knows. */

import { Command } from 'commander';
import { MedicError } from '../core/errors.ts';
import type { ClusterResource, RunResource } from '../http/resources.ts';
import type { CliContext } from './program.ts';
import { askServer, type ServerFlags, withServerFlags } from './server-client.ts';
import { printable, table } from './table.ts';

interface JobsFlags extends ServerFlags {
  readonly cluster?: string;
}

export function jobsCommand(context: CliContext): Command {
  return withServerFlags(new Command('jobs').description('list the runs that flink-medic knows'))
    .option('--cluster <name>', 'only this cluster')
    .action((flags: JobsFlags) => jobs(flags, context));
}

async function jobs(flags: JobsFlags, { print }: CliContext): Promise<void> {
  const query = flags.cluster === undefined ? '' : `?flink_cluster=${encodeURIComponent(flags.cluster)}`;
  const answer = await askServer<{ jobs: readonly RunResource[] }>(flags, `jobs${query}`, 'jobs');
  if (flags.output === 'json') return print(JSON.stringify(answer, null, 2));
  print(jobsTable(answer.jobs));
  if (answer.jobs.length === 0) print(`\n${await reasonForNone(flags)}`);
}

/** "No jobs" and "cannot see any" must not look the same. */
async function reasonForNone(flags: JobsFlags): Promise<string> {
  const { clusters } = await askServer<{ clusters: readonly ClusterResource[] }>(flags, 'clusters', 'clusters');
  const asked = clusters.filter(({ flink_cluster }) => (flags.cluster ?? flink_cluster) === flink_cluster);
  if (asked.length === 0) {
    const names = clusters.map(({ flink_cluster }) => flink_cluster).join(', ');
    throw new MedicError(
      'server',
      `no cluster ${JSON.stringify(flags.cluster)} is configured; there is ${names || 'none'}`,
    );
  }
  return asked
    .map(({ flink_cluster, up, problem }) => {
      const state = up === true ? 'up' : up === false ? 'not up' : 'not observed';
      return printable(`no run is known on ${flink_cluster} (${state})${problem === undefined ? '' : `: ${problem}`}`);
    })
    .join('\n');
}

function jobsTable(runs: readonly RunResource[]): string {
  const rows = runs.map((run) => [
    run.flink_cluster,
    run.job_name,
    run.state,
    run.reason ?? (run.source === undefined ? '' : `source ${run.source}`),
    run.end ?? run.state_entered,
    String(run.restarts ?? ''),
    run.last_failure?.exception ?? '',
    run.job_id,
  ]);
  return table(['CLUSTER', 'JOB', 'STATE', 'WHY', 'SINCE', 'RESTARTS', 'LAST FAILURE', 'JOB ID'], rows);
}
