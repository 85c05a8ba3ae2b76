/** The commands, flags and npm scripts that pages name exist. */

import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program.ts';
import { document, FENCED, pages } from './documents.ts';

describe('commands', () => {
  it.each(pages())('those of %s exist', (page) => {
    expect(commandLines(document(page)).flatMap(problemOf)).toEqual([]);
  });

  it('are found in code and in text, and judged', () => {
    const text = [
      'Run `flink-medic pause`, then `flink-medic stop`.',
      '',
      '    flink-medic serve --config.file=a.yml \\',
      '      --storage.paths=b   # a comment',
      '    docker run -v flink-medic:/data flink-medic serve --log.level=loud',
      '    npm run --silent medic -- explain prod | less',
      '    kubectl --namespace flink-medic exec flink-medic-0 -- node dist/main.js pauses',
    ].join('\n');
    expect(commandLines(text).flatMap(problemOf)).toEqual([
      expect.stringContaining('--storage.paths'),
      expect.stringContaining('loud'),
      expect.stringContaining("missing required argument 'job'"),
      expect.stringContaining('pauses: '),
      expect.stringContaining('stop: '),
    ]);
  });
});

it.each(pages())('the flags that %s names alone exist', (page) => {
  const known = new Set(program().commands.flatMap(({ options }) => options.map(({ long }) => long)));
  // Of a later step, in docs/adr.
  known.add('--ledger.rebuild');
  const named = document(page).matchAll(/--(?:config|storage|web|log|server|ledger)\.[a-z.-]*[a-z]/g);
  const unknown = named.map(([flag]) => flag).filter((flag) => !known.has(flag));
  expect(unknown.toArray()).toEqual([]);
});

it.each(pages())('the npm scripts of %s exist', (page) => {
  const { scripts } = JSON.parse(document('package.json')) as { scripts: Record<string, string> };
  const named = document(page).matchAll(/npm run (?:--silent )?([a-z:]+)/g);
  const unknown = named.map(([, script = '']) => script).filter((script) => scripts[script] === undefined);
  expect(unknown.toArray()).toEqual([]);
});

interface CommandLine {
  readonly args: readonly string[];
  /** In running text a command is often only named, without its arguments. */
  readonly isWhole: boolean;
}

const CALL = /(?:^|[\s/])(?:flink-medic|main\.js|npm run (?:--silent )?medic --) +((?:[a-z][\w-]*)(?:[^\n|;&>#`]*))/;
/** Its own arguments, of which some have our name. */
const KUBECTL = /^ *kubectl\b.*?(?: -- |$)/;

function commandLines(text: string): CommandLine[] {
  const joined = text.replaceAll(/ \\\n\s*/g, ' ');
  const fenced = joined
    .matchAll(/^```(\w*)\n(.*?)^```$/gms)
    .flatMap(([, language = '', block = '']) => (['', 'sh', 'ini'].includes(language) ? block.split('\n') : []));
  const outside = joined.replaceAll(FENCED, '');
  const indented = outside.split('\n').filter((line) => line.startsWith('    '));
  const whole = [...fenced, ...indented].map((line) => ({ call: line.replace(KUBECTL, ''), isWhole: true }));
  const spans = outside.matchAll(/`([^`\n]+)`/g).map(([, span = '']) => ({ call: span, isWhole: false }));
  return [...whole, ...spans].flatMap(({ call, isWhole }) => {
    const args = CALL.exec(call)?.[1]
      ?.replace(/\[FLAGS\]|…/, '')
      .trim()
      .split(/\s+/);
    return args === undefined ? [] : [{ args, isWhole }];
  });
}

/** What the program itself says against a command line, without doing anything. */
function problemOf({ args, isWhole }: CommandLine): string[] {
  const parser = program();
  for (const command of parser.commands) command.action(() => {});
  try {
    parser.parse(args, { from: 'user' });
    return [];
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isNamed = !isWhole && error.code === 'commander.missingArgument';
    return error.exitCode === 0 || isNamed ? [] : [`${args.join(' ')}: ${error.message}`];
  }
}

function program(): Command {
  return makeProgram({ env: {}, print: () => {}, printError: () => {} });
}
