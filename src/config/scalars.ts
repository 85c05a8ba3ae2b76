/** The kinds of single values in a configuration file, as zod schemas with what an editor shows; used by the schemas. */

import { z } from 'zod';

import { formatDuration, parseDuration } from './duration.ts';
import { formatSize, parseSize } from './size.ts';

/** The smallest and the largest value allowed. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Ends a transformation with a message instead of a value. */
export function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.issues.push({ code: 'custom', message, input: context.value });
  return z.NEVER;
}

/** Says what is wrong with a part of the value. */
export function refusePart(context: z.core.$RefinementCtx, path: readonly PropertyKey[], message: string): void {
  context.issues.push({ code: 'custom', path: [...path], message, input: context.value });
}

/** A pattern for editors: the value may also hold `${NAME}`, which stands for something that they cannot see. */
export function orVariable(pattern: string): string {
  return String.raw`^(${pattern})$|\$\{`;
}

/** A string that says something. */
export const text = z.string().min(1);

const MAX_NAME = 200;

/** The name of something in this configuration, as people, labels and addresses show it. */
export const ownName = text
  .max(MAX_NAME)
  .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must be text without control characters')
  .refine((value) => value.trim() === value, 'must not begin or end with a space');

const DURATION_EXPECTED = 'expected a duration such as 30s, 5m, 1h30m or 7d';

// A bare 0 is a number in YAML; Prometheus takes it as a duration too.
const durationText = z.union([z.string(), z.literal(0)], { error: DURATION_EXPECTED }).meta({
  id: 'duration',
  description: 'A duration such as 500ms, 30s, 5m, 1h30m or 7d (units ms, s, m, h, d, w, y), or 0',
  anyOf: [
    {
      type: 'string',
      pattern: orVariable('0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?'),
    },
    { const: 0 },
  ],
});

/** A duration; its value is in milliseconds. */
export function duration(range: Range) {
  return durationText.transform((written, context) => {
    const ms = parseDuration(String(written));
    if (ms === undefined) return refuse(context, DURATION_EXPECTED);
    return within(ms, range, context, formatDuration);
  });
}

const SIZE_EXPECTED = 'expected a size such as 500MB or 2GiB';

const sizeText = z.union([z.number(), z.string()], { error: SIZE_EXPECTED }).meta({
  id: 'size',
  description: 'Bytes, or a size such as 500MB (powers of 1000) or 2GiB (powers of 1024)',
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: orVariable('[0-9]+(B|[kKMGT]B|[KMGT]iB)?') }],
});

/** A size; its value is in bytes. */
export function size(range: Range) {
  return sizeText.transform((written, context) => {
    const bytes = parseSize(String(written));
    if (bytes === undefined) return refuse(context, SIZE_EXPECTED);
    return within(bytes, range, context, formatSize);
  });
}

// Numbers and flags may come as strings, because what `${NAME}` is replaced by is always one.

const countText = z.union([z.number(), z.string()], { error: 'expected a whole number' }).meta({
  id: 'count',
  description: 'A whole number',
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: orVariable('[0-9]+') }],
});

/** A whole number. */
export function count(range: Range) {
  return countText
    .transform((written, context) => {
      if (!/^\d+$/.test(String(written))) return refuse(context, 'expected a whole number');
      return within(Number(written), range, context, String);
    })
    .meta({ minimum: range.min, maximum: range.max });
}

const decimalText = z.union([z.number(), z.string()], { error: 'expected a number' }).meta({
  id: 'number',
  description: 'A number such as 2 or 0.5',
  anyOf: [{ type: 'number' }, { type: 'string', pattern: orVariable(String.raw`[0-9]+(\.[0-9]+)?`) }],
});

/** A number that need not be whole. */
export function decimal(range: Range) {
  return decimalText
    .transform((written, context) => {
      if (!/^\d+(\.\d+)?$/.test(String(written))) return refuse(context, 'expected a number such as 2 or 0.5');
      return within(Number(written), range, context, String);
    })
    .meta({ minimum: range.min, maximum: range.max });
}

/** true or false. */
export const flag = z
  .union([z.boolean(), z.literal(['true', 'false'])], { error: 'expected true or false' })
  .meta({
    id: 'flag',
    description: 'true or false',
    anyOf: [{ type: 'boolean' }, { type: 'string', pattern: orVariable('true|false') }],
  })
  .transform((written) => String(written) === 'true');

/** Refuses the second of two items with equal keys. `at` is where the key stands in an item. */
export function unique<T>(keyOf: (item: T) => string, ...at: readonly string[]) {
  return (items: readonly T[], context: z.core.$RefinementCtx): void => {
    const first = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const earlier = first.get(keyOf(item));
      if (earlier === undefined) first.set(keyOf(item), index);
      else refusePart(context, [index, ...at], `is the same as ${[`[${earlier}]`, ...at].join('.')}`);
    }
  };
}

function within(
  value: number,
  { min, max }: Range,
  context: z.core.$RefinementCtx,
  format: (value: number) => string,
): number {
  if (value < min) return refuse(context, `must be at least ${format(min)}`);
  if (value > max) return refuse(context, `must be at most ${format(max)}`);
  return value;
}
