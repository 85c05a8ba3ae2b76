/** What is wrong and what is allowed, in plain words, for the issues that zod finds; called by `yaml-document.ts`. */

import type { z } from 'zod';

/** zod's error map. A message given in a schema wins over it; undefined leaves zod's own words. */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return wrongType(issue.expected, issue.input);
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
  }
  if (issue.code === 'too_small') {
    return limit(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
  }
  if (issue.code === 'too_big') {
    return limit(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
  }
  return undefined;
}

function wrongType(expected: string, input: unknown): string {
  if (input === undefined) return `is missing; expected ${typeText(expected)}`;
  const hint = expected === 'string' && typeof input !== 'object' ? '; put the value in quotes' : '';
  return `expected ${typeText(expected)}, found ${typeText(Array.isArray(input) ? 'array' : typeof input)}${hint}`;
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  int: 'a whole number',
  boolean: 'true or false',
};

function typeText(type: string): string {
  return TYPES[type] ?? `a ${type}`;
}

function limit(origin: string, relation: string, count: number | bigint): string {
  const plural = Number(count) === 1 ? '' : 's';
  if (origin === 'string') return `must have ${relation} ${count} character${plural}`;
  if (origin === 'array') return `must have ${relation} ${count} item${plural}`;
  return `must be ${relation} ${count}`;
}
