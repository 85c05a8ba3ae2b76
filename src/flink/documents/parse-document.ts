/**
 * From a JSON value to a checked document. Keeps nothing. Used by every parser of this folder, so that a misfit always
 * reads the same: document, field, what was expected. The value itself is never printed: it may be large or secret.
 */

import type { z } from 'zod';
import { MedicError } from '../../core/errors.ts';

type Path = readonly PropertyKey[];

/**
 * Checks `value` against `schema`.
 *
 * @param document the REST route as Flink documents it, for the message
 * @param at where `value` lies in the document, when it is not the whole of it
 * @throws {MedicError} `schema`: `/jobs/overview: jobs[3].start-time: expected number, received string`
 */
export function parseDocument<T>(schema: z.ZodType<T>, value: unknown, document: string, at: Path = []): T {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const [first, ...others] = result.error.issues;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const field = [...at, ...(first?.path ?? [])];
  const where = field.length === 0 ? '' : `${describePath(field)}: `;
  throw new MedicError('schema', `${document}: ${where}${expectation(first)}${more}`);
}

function expectation(issue: z.core.$ZodIssue | undefined): string {
  return (issue?.message ?? 'does not fit').replace(/^Invalid input: /, '');
}

/** A key that Flink would not use comes from a hostile document and is left out. */
function describePath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') {
      return `${text}[${part}]`;
    }
    const key = String(part);
    const name = /^[\w./-]{1,64}$/.test(key) ? key : '…';
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
