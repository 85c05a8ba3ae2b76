/**
 * What people paste from the documentation, and where it leads: configurations of flink-medic, its commands, names of
 * metrics, links. What promtool has to judge is in guides.real.test.ts.
 */

import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { metricsOf } from '../alerts/support/promql.ts';
import { document, ROOT } from './documents.ts';
import { FILES, guides, pasted, pastedFiles } from './guides.ts';

const FENCED = /^```.*?^```$/gms;
const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).toSorted()];

describe('configurations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-guides-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('say in their first line which file they are', () => {
    const named = FILES.flatMap((name) => pastedFiles(name));
    expect(named.length).toBeGreaterThan(5);
    expect(pasted('yaml').filter(({ text }) => !named.some((block) => block.text === text))).toEqual([]);
  });

  it.each(guides())('those of %s begin at the margin, where they are found', (page) => {
    expect(document(page)).not.toMatch(/^ +```/m);
  });

  it.each(pastedFiles('flink-medic.yml'))('flink-medic takes that of $page: $text', async ({ text }) => {
    const file = join(folder, 'flink-medic.yml');
    writeFileSync(file, text);
    const { config } = await loadConfig(file, {});
    expect(config.clusters.length).toBeGreaterThan(0);
  });
});

describe('commands', () => {
  it.each(PAGES)('those of %s exist', (page) => {
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
    const args = CALL.exec(call)?.[1]?.replace('[FLAGS]', '').trim().split(/\s+/);
    return args === undefined ? [] : [{ args, isWhole }];
  });
}

/** What the program itself says against a command line, without doing anything. */
function problemOf({ args, isWhole }: CommandLine): string[] {
  const program = makeProgram({ env: {}, print: () => {}, printError: () => {} });
  for (const command of program.commands) command.action(() => {});
  try {
    program.parse(args, { from: 'user' });
    return [];
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isNamed = !isWhole && error.code === 'commander.missingArgument';
    return error.exitCode === 0 || isNamed ? [] : [`${args.join(' ')}: ${error.message}`];
  }
}

describe('metrics', () => {
  /** Names and labels; other tests hold the page against the records. */
  const families = new Map(
    document('docs/metrics.md')
      .matchAll(/^\| `([a-z\d_]+)`(?: \(experimental\))? \| (?:gauge|counter|histogram) \| ([^|]*) \|/gm)
      .map(([, name = '', labels = '']) => [
        name,
        labels
          .matchAll(/`(\w+)`/g)
          .map(([, label]) => label)
          .toArray(),
      ]),
  );
  const records = globSync('alerts/*.rules.yml', { cwd: ROOT }).flatMap((file) =>
    document(file)
      .matchAll(/record: (\S+)/g)
      .map(([, name = '']) => name)
      .toArray(),
  );
  const labelsOf = (name: string): readonly (string | undefined)[] => [
    'le',
    'job',
    'instance',
    ...(families.get(familyOf(name)) ?? []),
  ];
  const isKnown = (name: string): boolean => families.has(familyOf(name)) || records.includes(name);

  it.each(PAGES)('%s names only those that exist', (page) => {
    // Labels, a driver, variables of dashboards, and the metrics of Flink's own reporter.
    const others = /^(?:flink_(?:cluster|medic|rest|(?:medic_)?url)|flink_(?:jobmanager|taskmanager)_\w+)$/;
    const named = document(page).matchAll(/(?<![\w:])(?:flink|probe)[_:][a-z_:]*[a-z](?!\w|\*|:\/)/g);
    const unknown = named.map(([name]) => name).filter((name) => !isKnown(name) && !others.test(name));
    expect(unknown.toArray()).toEqual([]);
  });

  it.each(pasted('promql'))('the expressions of $page ask for labels that they have: $text', ({ text }) => {
    const missing = text
      .split('\n\n')
      .flatMap((expr) => metricsOf(expr))
      .filter(({ name }) => !records.includes(name))
      .flatMap(({ name, labels }) => labels.filter((label) => !labelsOf(name).includes(label)));
    expect(missing).toEqual([]);
  });
});

describe('links', () => {
  it.each(PAGES)('of %s lead to a file and a heading', (page) => {
    const targets = document(page)
      .replaceAll(FENCED, '')
      .matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g);
    const broken = targets.filter(([, target = '', anchor]) => {
      const file = target === '' ? page : normalize(join(dirname(page), target));
      return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchors(document(file)).has(anchor));
    });
    expect(broken.map(([link]) => link).toArray()).toEqual([]);
  });

  it('lead to every guide from the index', () => {
    const index = document('docs/README.md');
    const pages = globSync('docs/{*,coming-from/*}.md', { cwd: ROOT }).map((page) => page.slice('docs/'.length));
    expect(guides().length).toBeGreaterThan(8);
    expect(pages.filter((page) => page !== 'README.md' && !index.includes(`(${page})`))).toEqual([]);
  });

  it('know the headings as GitHub names them', () => {
    const text = '# One: `two`, three\n## Same\n## Same\n```sh\n# no heading\n```\n### [a](b.md) /metrics_x & y\n';
    expect([...anchors(text)]).toEqual(['one-two-three', 'same', 'same-1', 'a-metrics_x--y']);
  });
});

function anchors(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  const headings = text.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+)$/gm);
  for (const [, heading = ''] of headings) {
    const plain = heading.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let name = slug;
    for (let count = 1; found.has(name); count += 1) name = `${slug}-${String(count)}`;
    found.add(name);
  }
  return found;
}

/** Of the series of a histogram. */
function familyOf(name: string): string {
  return name.replace(/_(?:bucket|count|sum)$/, '');
}
