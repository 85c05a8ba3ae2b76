/** `pause`, `resume` and `breaker close`: what a person orders about a whole cluster. */

import { Argument, Command } from 'commander';
import type { CliContext } from './program.ts';
import { type AddressFlags, orderServer, withOrderFlags } from './server-client.ts';

export function pauseCommand(context: CliContext): Command {
  return switchCommand('pause', 'let no restart begin until resume', 'restarts are paused', context);
}

export function resumeCommand(context: CliContext): Command {
  return switchCommand('resume', 'let restarts begin again after pause', 'restarts may begin', context);
}

export function breakerCommand(context: CliContext): Command {
  return withOrderFlags(new Command('breaker').description('close the breaker of a cluster, so that restarts go on'))
    .addArgument(new Argument('<action>', 'what to do with it').choices(['close']))
    .argument('<cluster>', 'name of the cluster')
    .action(async (_action: string, cluster: string, flags: AddressFlags) => {
      await orderServer(flags, `breakers/${encodeURIComponent(cluster)}/close`, {});
      context.print(`the breaker of ${cluster} is closed`);
    });
}

function switchCommand(name: string, description: string, done: string, { print }: CliContext): Command {
  return withOrderFlags(new Command(name).description(description))
    .argument('[cluster]', 'name of the cluster; all when left out')
    .action(async (cluster: string | undefined, flags: AddressFlags) => {
      await orderServer(flags, name, cluster === undefined ? {} : { flink_cluster: cluster });
      print(`${done} on ${cluster ?? 'all clusters'}`);
    });
}
