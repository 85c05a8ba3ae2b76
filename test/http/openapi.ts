/** `docs/openapi.yaml` for tests: its operations, and schemas that accept exactly what it describes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A part of the document. */
export type Part = { readonly [key: string]: unknown };

export interface Operation {
  readonly method: 'GET' | 'POST';
  /** As in the document, with `{name}` for what varies. */
  readonly path: string;
  /** Status → schema of the body; undefined where there is none. */
  readonly answers: ReadonlyMap<number, z.ZodType | undefined>;
  /** Of the request. */
  readonly body: z.ZodType | undefined;
}

export const openapi = parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.yaml'), 'utf8')) as Part;

export function operations(): Operation[] {
  return Object.entries(at(openapi, 'paths')).flatMap(([path, item]) =>
    Object.entries(item as Part).map(([method, operation]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      answers: new Map(
        Object.entries(at(operation, 'responses')).map(([status, answer]) => [Number(status), bodySchema(answer)]),
      ),
      body: bodySchema(at(operation, 'requestBody')),
    })),
  );
}

/** The part at a path of keys; empty where there is none. */
export function at(part: unknown, ...keys: readonly string[]): Part {
  return keys.reduce<Part>((found, key) => (found[key] ?? {}) as Part, part as Part);
}

function bodySchema(message: unknown): z.ZodType | undefined {
  const [content] = Object.values(at(resolved(message as Part), 'content'));
  return content === undefined ? undefined : z.fromJSONSchema(closed(at(content, 'schema')));
}

function resolved(part: Part): Part {
  const { $ref: ref } = part;
  return typeof ref === 'string' ? at(openapi, ...ref.replace('#/', '').split('/')) : part;
}

/** Without references and `allOf`, and every object closed: a field that nobody documented is a mistake. */
function closed(schema: Part): Part {
  const { allOf, anyOf, properties, items, ...own } = resolved(schema);
  if (Array.isArray(allOf)) {
    const parts = allOf.map((part: Part) => closed(part));
    return {
      type: 'object',
      additionalProperties: false,
      required: parts.flatMap(({ required }) => required ?? []),
      properties: Object.assign({}, ...parts.map((part) => part['properties'])) as Part,
    };
  }
  return {
    ...(own['type'] === 'object' && { additionalProperties: false }),
    ...own,
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map((part: Part) => closed(part)) }),
    ...(items !== undefined && { items: closed(items as Part) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Part).map(([key, part]) => [key, closed(part as Part)]),
      ),
    }),
  };
}
