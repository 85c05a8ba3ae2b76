/** `serve`: runs until SIGTERM or SIGINT; SIGHUP reads the configuration again. */

import { setFlagsFromString } from 'node:v8';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadMedic } from '../app/load-medic.ts';
import { DEFAULTS, type MedicOptions } from '../app/options.ts';
import { buildInfo } from '../app/build-info.ts';
import { systemClock, systemTimers } from '../app/system-time.ts';
import { messageOf } from '../core/errors.ts';
import { parseRoutePrefix } from '../http/route-prefix.ts';
import { leaveEvenIfHung } from './leave.ts';
import { LOG_FORMATS, LOG_LEVELS, makeLogger } from './logger.ts';
import type { CliContext } from './program.ts';

interface ServeFlags {
  readonly 'config.file'?: string;
  readonly 'storage.path': string;
  readonly 'ledger.rebuild'?: true;
  readonly 'web.listenAddress'?: readonly string[];
  readonly 'web.config.file'?: string;
  readonly 'web.telemetryPath': string;
  readonly 'web.externalUrl'?: URL;
  readonly 'web.routePrefix'?: string;
  readonly 'web.systemdSocket'?: true;
  readonly 'web.enableLifecycle'?: true;
  readonly 'log.level': string;
  readonly 'log.format': string;
}

export function serveCommand(context: CliContext): Command {
  return new Command('serve')
    .description('observe the clusters of the configuration and serve /metrics')
    .option('--config.file <path>', 'configuration; without it http://localhost:8081 is observed as cluster "default"')
    .option('--storage.path <folder>', 'folder of the ledger', DEFAULTS.storagePath)
    .option('--ledger.rebuild', 'put a damaged ledger aside and make it anew; a sound one stays as it is')
    .option(
      '--web.listen-address <address>',
      `address to listen on, repeatable (default "${DEFAULTS.listenAddress}")`,
      (address: string, previous: readonly string[] | undefined) => [...(previous ?? []), address],
    )
    .option('--web.config.file <path>', 'TLS, users and rate limit, in the format of exporter-toolkit')
    .option('--web.telemetry-path <path>', 'path of the metrics', telemetryPath, DEFAULTS.telemetryPath)
    .option('--web.external-url <url>', 'URL under which flink-medic is reached from outside', externalUrl)
    .option('--web.route-prefix <path>', 'prefix of all paths (default: the path of --web.external-url)')
    .option('--web.systemd-socket', 'take the sockets from systemd instead of --web.listen-address')
    .option('--web.enable-lifecycle', 'allow POST /-/reload')
    .addOption(new Option('--log.level <level>', 'least level that is logged').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log.format <format>', 'form of the log lines').choices(LOG_FORMATS).default('logfmt'))
    .action((flags: ServeFlags) => serve(flags, context));
}

async function serve(flags: ServeFlags, context: CliContext): Promise<void> {
  // Otherwise V8 collects nothing young while it marks what is old, and in that tenth of a second a long list makes 80 MB.
  setFlagsFromString('--no-separate-gc-phases');
  const log = makeLogger({ level: flags['log.level'], format: flags['log.format'], write: context.print });
  const medic = await loadMedic({ ...medicOptions(flags, context), log });
  const { version, revision } = buildInfo();
  log.info({ version, revision }, 'flink-medic starts');
  const addresses = await medic.start();
  for (const address of addresses) log.info({ address }, 'listening');
  // By itself V8 lets what lives long about double before it collects it: runs and rendered lines are replaced all the time.
  // Only now, because a start makes most of what lives long.
  setFlagsFromString('--heap-growing-percent=25');
  // Then little of what is young lives on, and for that the main thread would wait until other threads get a processor.
  setFlagsFromString('--no-parallel-scavenge');
  const reload = (): void => {
    medic
      .reload()
      .catch((error: unknown) => log.error(`not all of the configuration was reloaded: ${messageOf(error)}`));
  };
  process.on('SIGHUP', reload);
  const signal = await new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  log.info({ signal }, 'flink-medic stops');
  process.off('SIGHUP', reload);
  await medic.stop();
  leaveEvenIfHung(0);
}

function medicOptions(flags: ServeFlags, { env }: CliContext): Omit<MedicOptions, 'log' | 'archiveFolders'> {
  const external = flags['web.externalUrl'];
  return {
    ...(flags['config.file'] === undefined ? {} : { configFile: flags['config.file'] }),
    storagePath: flags['storage.path'],
    rebuildLedger: flags['ledger.rebuild'] ?? false,
    listenAddresses: flags['web.listenAddress'] ?? [DEFAULTS.listenAddress],
    systemdSocket: flags['web.systemdSocket'] ?? false,
    ...(flags['web.config.file'] === undefined ? {} : { webConfigFile: flags['web.config.file'] }),
    telemetryPath: flags['web.telemetryPath'],
    ...(external === undefined ? {} : { externalUrl: external }),
    routePrefix: parseRoutePrefix(flags['web.routePrefix'] ?? external?.pathname ?? ''),
    enableLifecycle: flags['web.enableLifecycle'] ?? false,
    env,
    clock: systemClock,
    timers: systemTimers,
  };
}

/** The metrics must not take the place of another endpoint, least of all of one that is open to everybody. */
const BUILT_IN_PATHS = ['/-', '/api', '/livez', '/readyz', '/probe', '/sd'];

function telemetryPath(text: string): string {
  if (!/^(\/[\w.~-]+)+$/.test(text)) throw new InvalidArgumentError('write a path like /metrics.');
  const taken = BUILT_IN_PATHS.find((path) => text === path || text.startsWith(`${path}/`));
  if (taken !== undefined) throw new InvalidArgumentError(`${taken} is a path of flink-medic's own.`);
  return text;
}

function externalUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('write a URL like https://monitoring.example/flink-medic.');
  }
  return url;
}
