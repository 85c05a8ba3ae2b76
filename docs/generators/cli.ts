/** docs/cli.md, and the table of flags in the README, from the definitions of the commands. */

import type { Argument, Command, Option } from 'commander';

import { makeProgram } from '../../src/cli/program.ts';
import { GENERATED_NOTE, type GeneratedFile, tableRow } from './generated-file.ts';
import { generatedPart } from './generated-part.ts';

const INTRODUCTION = `# Command line

\`flink-medic COMMAND [FLAGS]\`; in a checkout \`npm run medic -- COMMAND [FLAGS]\`, and \`npm run --silent\` where a
program reads the output. \`flink-medic COMMAND --help\` prints what stands here.

- Exit codes: 0 done, 1 it failed (one clear message on standard error), 2 a flag or argument is unknown or has a form that it cannot have.
- \`serve\`, \`check-config\` and \`archives\` need no server; the others ask a running one.
- \`jobs\`, \`explain\` and \`incidents\` read: \`--server.credentials-file\` holds \`USER:PASSWORD\` of the web configuration.
  \`restart\`, \`release\`, \`pause\`, \`resume\` and \`breaker\` are orders: the file holds what the section \`api\` of the
  configuration wants, \`USER:PASSWORD\` (\`basic_auth\`) or a token without a colon (\`authorization\` of type Bearer).
- \`serve\` logs to standard output. SIGTERM and SIGINT stop it, SIGHUP reads the configuration again.
- Environment: \`FLINK_MEDIC_REVISION\`, set by who builds a package or image, is the label \`revision\` of
  \`flink_medic_build_info\`. Variables that a configuration names as \`\${NAME}\` are read from the environment, too.`;

/** The commands as `flink-medic --help` lists them; nothing is run or printed. */
function commands(): readonly Command[] {
  return makeProgram({ env: {}, print: () => {}, printError: () => {} }).commands;
}

function flagTable(options: readonly Option[]): string[] {
  const rows = options.map((option) => tableRow([`\`${option.flags}\``, defaultOf(option), meaningOf(option)]));
  return [tableRow(['flag', 'default', 'meaning']), tableRow(['---', '---', '---']), ...rows];
}

function defaultOf({ defaultValue }: Option): string {
  const value: unknown = defaultValue;
  return typeof value === 'string' ? `\`${value}\`` : '';
}

function meaningOf({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`;
}

function section(command: Command): string[] {
  const options = command.options.length === 0 ? [] : ['', ...flagTable(command.options)];
  const usage = ['flink-medic', command.name(), ...command.registeredArguments.map(usageOf), '[FLAGS]'].join(' ');
  const given = command.registeredArguments.map((argument) => `- \`${usageOf(argument)}\`: ${argument.description}`);
  return [
    `## ${command.name()}`,
    '',
    `\`${usage}\`: ${command.description()}.`,
    ...(given.length === 0 ? [] : ['', ...given]),
    ...options,
    '',
  ];
}

function usageOf(argument: Argument): string {
  const word = argument.argChoices?.join('|') ?? argument.name().toUpperCase();
  return argument.required ? word : `[${word}]`;
}

export const cliPage: GeneratedFile = {
  file: 'docs/cli.md',
  render: () => `${[GENERATED_NOTE, '', INTRODUCTION, '', ...commands().flatMap(section)].join('\n').trimEnd()}\n`,
};

export const serveFlagsPart = generatedPart('README.md', 'flags', () =>
  flagTable(commands().find((command) => command.name() === 'serve')?.options ?? []),
);
