/**
 * From a JSON value to a checked document. Keeps nothing. Used by every parser of this folder, so that a misfit always
 * reads the same: document, field, what was expected. The value itself is never printed: it may be large or secret.
 */

import { MedicError } from '../../core/errors.ts';
import type { Misfit, Shape } from './shapes.ts';

type Path = readonly (string | number)[];

/**
 * Checks `value` against `shape`.
 *
 * @param document the REST route as Flink documents it, for the message
 * @param at where `value` lies in the document, when it is not the whole of it
 * @throws {MedicError} `schema`: `/jobs/overview: jobs[3].start-time: expected number, received string`
 */
export function parseDocument<T>(shape: Shape<T>, value: unknown, document: string, at: Path = []): T {
  const misfits: Misfit[] = [];
  const taken = shape(value, misfits);
  const [first, ...others] = misfits;
  if (first === undefined) return taken;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const field = [...at, ...first.path];
  const where = field.length === 0 ? '' : `${describePath(field)}: `;
  throw new MedicError('schema', `${document}: ${where}${first.expected}${more}`);
}

/** A key that Flink would not use comes from a hostile document and is left out. */
function describePath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') {
      return `${text}[${part}]`;
    }
    const name = /^[\w./-]{1,64}$/.test(part) ? part : '…';
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
