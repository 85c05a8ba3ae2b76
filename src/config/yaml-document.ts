/**
 * Reads one YAML file against a schema and says where everything that is wrong with it stands. Keeps nothing; bounded
 * by the file's size and the limits of `yaml-values.ts`. Called for the configuration file, the files of clusters and
 * the web configuration file.
 */

import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

import { MedicError } from '../core/errors.ts';
import { closestWord } from './closest-word.ts';
import type { Environment } from './environment.ts';
import { issueText } from './issue-text.ts';
import { type Finding, offsetOf, type Path, YamlValues } from './yaml-values.ts';

const MAX_CHARACTERS = 1024 * 1024;
const MAX_REPORTED = 20;
const MAX_LINE = 300;

/** Words for those of the parser's errors that speak to programmers. */
const SYNTAX_TEXT = {
  MULTIPLE_DOCS: 'a second document begins here; a file holds one',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

/** A value that fits its schema, and where its parts stand. */
export interface YamlDocument<T> {
  readonly value: T;
  /** `file:line:column` of the value at a path. */
  readonly position: (path: Path) => string;
  /** `file:line:column: path: what`, in the form of all messages about a file. */
  readonly message: (path: Path, what: string) => string;
}

/**
 * The value of a YAML text, as the schema returns it. A key without a value counts as left out, an empty text as a map
 * without keys.
 * @param file name of the text in messages
 * @param env variables that `${NAME}` in a value (never in a key) stands for
 * @throws MedicError `config`, with one line `file:line:column: path: what is wrong` for everything that is wrong
 */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>, env: Environment): T {
  return readYaml(text, file, schema, env).value;
}

/** As {@link parseYaml}, with the positions of the value's parts. */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>, env: Environment): YamlDocument<T> {
  if (text.length > MAX_CHARACTERS) {
    throw new MedicError('config', `${file}:1:1: the file is larger than ${MAX_CHARACTERS} characters`);
  }
  const lines = new LineCounter();
  const positionOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const fail = (findings: readonly Finding[]): never => {
    throw new MedicError('config', report(findings, positionOf));
  };

  const document = parsed(text, lines) ?? fail([{ offset: 0, path: [], text: SYNTAX_TEXT.RESOURCE_EXHAUSTION }]);
  const syntax = [...document.errors, ...document.warnings].map(
    ({ pos, code, message }): Finding => ({
      offset: pos[0],
      path: [],
      text: (SYNTAX_TEXT as Readonly<Record<string, string>>)[code] ?? message,
    }),
  );
  const values = new YamlValues(document, env);
  if (values.limit !== undefined) return fail([values.limit]);

  const checked = check(values, schema);
  if (!checked.success || syntax.length > 0 || values.findings.length > 0) {
    // What ends before the first syntax error was read as it was meant; what is said of the rest would be guesswork.
    const end = Math.min(...syntax.map((finding) => finding.offset));
    const issues = checked.success ? [] : checked.issues.filter((issue) => issue.end < end);
    return fail([...syntax, ...values.findings, ...issues]);
  }
  const position = (path: Path): string => positionOf(offsetOf(values.nodeAt(path)));
  return { value: checked.value, position, message: (path, what) => messageLine(position(path), path, what) };
}

/** undefined when the parser, which descends into what it parses, runs out of stack: in `- - - …`, it does not count. */
function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      // Tags such as !!binary would bring values that are neither text nor number.
      resolveKnownTags: false,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Issue extends Finding {
  /** Where the value that it is about ends, in characters from the start. */
  readonly end: number;
}

type Checked<T> =
  | { readonly success: true; readonly value: T }
  | { readonly success: false; readonly issues: readonly Issue[] };

function check<T>(values: YamlValues, schema: z.ZodType<T>): Checked<T> {
  const keysOf = new Map<string, readonly string[]>();
  const result = schema.safeParse(values.value, {
    error: (issue) => {
      // The only moment at which zod shows which schema refused the key, and so which keys it knows.
      if (issue.code === 'unrecognized_keys') keysOf.set(pathText(issue.path ?? []), keysKnownTo(issue.inst));
      return issueText(issue);
    },
  });
  if (result.success) return { success: true, value: result.data };
  const issues = result.error.issues.flatMap((issue): Issue[] => {
    const at = (path: Path, text: string, key?: string): Issue => {
      const node = values.nodeAt(issue.path, key);
      return { offset: offsetOf(node), end: node?.range?.[1] ?? 0, path, text };
    };
    if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.message)];
    const known = keysOf.get(pathText(issue.path)) ?? [];
    return issue.keys.map((key) => at([...issue.path, key], unknownKey(key, known), key));
  });
  return { success: false, issues };
}

function keysKnownTo(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closestWord(key, known);
  return `unknown key; ${meant === undefined ? '' : `did you mean ${meant}? `}Allowed: ${known.join(', ')}`;
}

/** One line a finding in the order of the text; of several about the same value the first one is the cause. */
function report(findings: readonly Finding[], positionOf: (offset: number) => string): string {
  const lines = new Map<string, string>();
  for (const { offset, path, text } of findings.toSorted((a, b) => a.offset - b.offset)) {
    const key = path.length === 0 ? `${offset} ${text}` : pathText(path);
    if (!lines.has(key)) lines.set(key, messageLine(positionOf(offset), path, text));
  }
  const more = lines.size - MAX_REPORTED;
  return [...lines.values().take(MAX_REPORTED), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
}

function messageLine(position: string, path: Path, text: string): string {
  const all = [position, ...(path.length === 0 ? [] : [pathText(path)]), text].join(': ').replaceAll(/\s+/g, ' ');
  return all.length > MAX_LINE ? `${all.slice(0, MAX_LINE)}…` : all;
}

/** `clusters[0].http` for ['clusters', 0, 'http']. */
function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}
