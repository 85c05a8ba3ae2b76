/**
 * The rules of the layout (ARCHITECTURE.md), read from the sources: which folder may import which, who constructs,
 * and how large and how introduced a file is. `npm run check:dependencies` runs this file alone.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf } from './support/imports.ts';

const ROOT = join(import.meta.dirname, '..');

/** Folder by folder, what it may import. Type imports count: a type that is shared is a dependency, too. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['cli'],
  cli: ['app', 'config', 'core'],
  app: ['archive', 'config', 'core', 'flink', 'http', 'ledger', 'metrics', 'observe', 'restart'],
  config: ['core'],
  core: [],
  flink: ['core'],
  archive: ['core'],
  observe: ['core', 'flink'],
  ledger: ['core'],
  metrics: ['core'],
  restart: ['core', 'flink', 'ledger'],
  http: ['core'],
};

interface Exception {
  /** File or folder below src/ that imports … */
  readonly from: string;
  /** … from this file or folder. */
  readonly to: string;
  /** Whether it imports more than types. */
  readonly values: boolean;
  readonly because: string;
}

const EXCEPTIONS: readonly Exception[] = [
  { from: 'archive/', to: 'flink/documents/', values: true, because: "an archive holds a JobManager's own answers" },
  { from: 'cli/archives.ts', to: 'archive/', values: true, because: 'it shows a folder without app or ledger' },
  { from: 'cli/serve.ts', to: 'http/route-prefix.ts', values: true, because: 'a flag is parsed where it is given' },
  { from: 'cli/', to: 'http/incident-resources.ts', values: false, because: 'it prints the resources of the API' },
  { from: 'cli/', to: 'http/resources.ts', values: false, because: 'it prints the resources that the API answers' },
  { from: 'http/', to: 'config/config.ts', values: false, because: 'the configuration says who may call' },
  { from: 'http/', to: 'config/tls-server-config.ts', values: false, because: 'it serves what the web file says' },
  { from: 'http/', to: 'config/web-config.ts', values: false, because: 'it serves what the web file says' },
  { from: 'http/', to: 'metrics/exposition.ts', values: false, because: 'it is given the exposition' },
  { from: 'http/', to: 'metrics/families/archive-families.ts', values: false, because: 'it is given what is exported' },
  { from: 'http/', to: 'metrics/negotiate.ts', values: true, because: 'only HTTP knows what a scraper accepts' },
];

/** Errors are values, thrown where they happen. */
const ERRORS = 'core/errors.ts';

interface Source {
  /** Relative to the folder that was read, with slashes. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const src = sourcesIn('src');

describe('imports between the folders of src', () => {
  const crossing = src.flatMap((source) =>
    source.imports
      .filter(({ target }) => target.startsWith('./') || target.startsWith('../'))
      .map(({ target, typeOnly }) => ({ from: source.file, to: join(source.file, '..', target), typeOnly }))
      .filter(({ from, to }) => folderOf(from) !== folderOf(to)),
  );
  const allowedBy = (exception: Exception, { from, to, typeOnly }: (typeof crossing)[number]): boolean =>
    from.startsWith(exception.from) && to.startsWith(exception.to) && (typeOnly || exception.values);

  it('are those of the layout', () => {
    const findings = crossing
      .filter(({ from, to }) => MAY_IMPORT[folderOf(from)]?.includes(folderOf(to)) !== true)
      .filter((found) => !EXCEPTIONS.some((exception) => allowedBy(exception, found)))
      .map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? 'types of ' : ''}${to}`);
    expect(findings).toEqual([]);
  });

  it('need every exception', () => {
    const idle = EXCEPTIONS.filter((exception) => !crossing.some((found) => allowedBy(exception, found)));
    const tooWide = EXCEPTIONS.filter(({ values }) => values).filter((exception) =>
      crossing.every((found) => found.typeOnly || !allowedBy(exception, found)),
    );
    expect([...idle, ...tooWide]).toEqual([]);
  });

  it('have no cycle', () => {
    const edges = Map.groupBy(crossing, ({ from }) => folderOf(from));
    const next = (folder: string): string[] => (edges.get(folder) ?? []).map(({ to }) => folderOf(to));
    expect([...edges.keys()].filter((folder) => reaches(folder, next))).toEqual([]);
  });
});

it('core does no input or output and uses no package', () => {
  const packages = src
    .filter(({ file }) => folderOf(file) === 'core')
    .flatMap(({ imports }) => imports.map(({ target }) => target).filter((target) => !target.startsWith('.')));
  // The hash of a long label value (metrics.md) is arithmetic.
  expect([...new Set(packages)]).toEqual(['node:crypto']);
});

it('only app constructs what another folder declares', () => {
  const findings = src
    .filter(({ file }) => folderOf(file) !== 'app')
    .flatMap(({ file, text, imports }) =>
      imports
        .filter(({ target }) => target.startsWith('../'))
        .map(({ target, names }) => ({ names, to: join(file, '..', target) }))
        .filter(({ to }) => folderOf(to) !== folderOf(file) && to !== ERRORS)
        .flatMap(({ names }) => names.filter((name) => new RegExp(`\\bnew ${name}\\b`).test(text)))
        .map((name) => `${file} constructs ${name}`),
    );
  expect(findings).toEqual([]);
});

describe('files', () => {
  it('are small', () => {
    const all = ['src', 'test', 'docs', 'examples', 'bench'].flatMap((folder) =>
      sourcesIn(folder).map(({ file, text }) => ({ file: `${folder}/${file}`, lines: text.split('\n').length - 1 })),
    );
    expect(all.filter(({ lines }) => lines > 500)).toEqual([]);
    expect(all.find(({ file }) => file === 'src/main.ts')?.lines).toBeLessThan(60);
  });

  it('begin with a comment that introduces them', () => {
    const findings = src.filter(({ text }) => !text.replace(/^#!.*\n/, '').startsWith('/**')).map(({ file }) => file);
    expect(findings).toEqual([]);
  });
});

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?ts$/.test(file))
    .map((file) => {
      const text = readFileSync(join(ROOT, folder, file), 'utf8');
      return { file, text, imports: importsOf(text) };
    });
}

/** The folder directly below src that holds a file; `main` for `src/main.ts`. */
function folderOf(file: string): string {
  return (file.split('/')[0] ?? '').replace(/\.ts$/, '');
}

/** Whether a way leads from a folder back to itself. */
function reaches(start: string, next: (folder: string) => string[]): boolean {
  const seen = new Set<string>();
  const open = next(start);
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (folder === start) return true;
    if (seen.has(folder)) continue;
    seen.add(folder);
    open.push(...next(folder));
  }
  return false;
}
