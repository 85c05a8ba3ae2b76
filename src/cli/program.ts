/** The command line: one command a file. A failure is one clear message and exit code 1; wrong usage is exit code 2. */

import { Command, CommanderError } from 'commander';
import { buildInfo } from '../app/build-info.ts';
import { MedicError } from '../core/errors.ts';
import { archivesCommand } from './archives.ts';
import { checkConfigCommand } from './check-config.ts';
import { explainCommand } from './explain.ts';
import { incidentsCommand } from './incidents.ts';
import { jobsCommand } from './jobs.ts';
import { releaseCommand, restartCommand } from './restart.ts';
import { serveCommand } from './serve.ts';
import { breakerCommand, pauseCommand, resumeCommand } from './switches.ts';

const COMMANDS: readonly ((context: CliContext) => Command)[] = [
  serveCommand,
  checkConfigCommand,
  archivesCommand,
  jobsCommand,
  explainCommand,
  incidentsCommand,
  restartCommand,
  releaseCommand,
  pauseCommand,
  resumeCommand,
  breakerCommand,
];

/** Where commands write and how they find their surroundings; tests pass their own. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

const processContext: CliContext = {
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
};

/** @returns the exit code */
export async function run(args: readonly string[], context: CliContext = processContext): Promise<number> {
  try {
    await makeProgram(context).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof MedicError)) throw error;
    context.printError(`flink-medic: ${error.message}`);
    return 1;
  }
}

/** Exported for the generator of `docs/cli.md`. */
export function makeProgram(context: CliContext): Command {
  const { version, revision, nodeVersion } = buildInfo();
  const program = new Command('flink-medic')
    .description(
      'Watches Apache Flink clusters, remembers how every job ended, tells Prometheus, and brings failed jobs back.',
    )
    .version(`flink-medic ${version}${revision === '' ? '' : ` (${revision})`}, Node ${nodeVersion}`, '--version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.printError(text.trimEnd()),
    });
  for (const make of COMMANDS) {
    program.addCommand(make(context).copyInheritedSettings(program));
  }
  return program;
}
