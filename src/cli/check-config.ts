/** `check-config`: says whether the configuration is right, without starting anything. */

import { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { restartWarnings } from '../config/restart-warnings.ts';
import { loadWebConfig } from '../config/web-config.ts';
import { MedicError } from '../core/errors.ts';
import type { CliContext } from './program.ts';

interface CheckConfigFlags {
  readonly 'config.file'?: string;
  readonly 'web.config.file'?: string;
}

export function checkConfigCommand(context: CliContext): Command {
  return new Command('check-config')
    .description('check configuration files and exit')
    .option('--config.file <path>', 'configuration of flink-medic')
    .option('--web.config.file <path>', 'web configuration')
    .action((flags: CheckConfigFlags) => checkConfig(flags, context));
}

async function checkConfig(flags: CheckConfigFlags, { env, print }: CliContext): Promise<void> {
  const { 'config.file': file, 'web.config.file': webFile } = flags;
  if (file === undefined && webFile === undefined) {
    throw new MedicError('config', 'nothing to check: give --config.file, --web.config.file, or both');
  }
  if (file !== undefined) {
    const { config } = await loadConfig(file, env);
    print(`${file}: right, ${String(config.clusters.length)} cluster(s)`);
    for (const { name, jobManagers, archives, historyServer, expectedJobs } of config.clusters) {
      const folders =
        archives === undefined ? 'found through the JobManager' : archives.map(({ path }) => path).join(', ');
      const sources = [
        `jobmanagers ${jobManagers.join(', ') || 'none'}`,
        `archives ${folders || 'none'}`,
        ...(historyServer === undefined ? [] : [`history server ${historyServer}`]),
      ];
      print(`  ${name}: ${sources.join('; ')}; expected jobs ${String(expectedJobs.length)}`);
    }
    const { mode, policies } = config.restart;
    print(`  restarts: mode ${mode}; policies ${policies.map(({ name }) => name).join(', ') || 'none'}`);
    for (const warning of await restartWarnings(config)) print(`  warning: ${warning}`);
  }
  if (webFile !== undefined) {
    const { config, warnings } = await loadWebConfig(webFile, env);
    const { tls, users } = config;
    print(`${webFile}: right, ${tls === undefined ? 'no TLS' : 'TLS'}, ${String(users.size)} user(s)`);
    for (const warning of warnings) print(`  warning: ${warning}`);
  }
}
