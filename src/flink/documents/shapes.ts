/**
 * What a JSON value has to look like, as functions that check and take it. By hand, because a first look at a folder checks
 * tens of thousands of documents, and a library of schemas takes a quarter of that time and most of its code. A misfit is
 * worded as zod does, which checks the configuration. Keeps nothing; the parsers of this folder put their shapes together
 * once.
 */

/** What does not fit, and where: the path is completed from the inside to the outside. */
export interface Misfit {
  readonly path: (string | number)[];
  readonly expected: string;
}

/** Takes a value; of one that does not fit it says why in `misfits`, and what it returns is of no use. */
export type Shape<T> = (value: unknown, misfits: Misfit[]) => T;

export type Shaped<S> = S extends Shape<infer T> ? T : never;

/** No document of Flink has a list as long as this. */
const MAX_ELEMENTS = 100_000;

/** What is not named is left out. */
export function object<Fields extends Readonly<Record<string, Shape<unknown>>>>(
  fields: Fields,
): Shape<{ readonly [Key in keyof Fields]: Shaped<Fields[Key]> }> {
  const shapes = Object.entries(fields);
  return (value, misfits) => {
    const taken: Record<string, unknown> = {};
    if (!isRecord(value)) misfit(misfits, 'object', value);
    else for (const [key, shape] of shapes) taken[key] = within(key, shape, value[key], misfits);
    return taken as { readonly [Key in keyof Fields]: Shaped<Fields[Key]> };
  };
}

/** The first element that does not fit ends the check: a hostile document has millions of them. */
export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, misfits) => {
    const before = misfits.length;
    const elements = array(value, misfits);
    const taken: T[] = [];
    if (misfits.length > before) return taken;
    if (elements.length > MAX_ELEMENTS) {
      misfits.push({ path: [], expected: `expected at most ${String(MAX_ELEMENTS)} elements` });
      return taken;
    }
    for (let index = 0; index < elements.length && misfits.length === before; index += 1) {
      taken.push(within(index, shape, elements[index], misfits));
    }
    return taken;
  };
}

/** An object whose keys may be any; its first value that does not fit ends the check. */
export function record<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, misfits) => {
    const taken: [string, T][] = [];
    const before = misfits.length;
    if (!isRecord(value)) misfit(misfits, 'record', value);
    else {
      for (const key of Object.keys(value)) {
        taken.push([key, within(key, shape, value[key], misfits)]);
        if (misfits.length > before) break;
      }
    }
    return Object.fromEntries(taken);
  };
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, misfits) => (value === undefined ? undefined : shape(value, misfits));
}

/** Null is as good as absent. */
export function nullable<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, misfits) => (value === undefined || value === null ? undefined : shape(value, misfits));
}

/** A list whose elements are looked at later. */
export const array = primitive<readonly unknown[]>('array', (value) => Array.isArray(value));

export const text = primitive<string>('string', (value) => typeof value === 'string');

export const flag = primitive<boolean>('boolean', (value) => typeof value === 'boolean');

const number = primitive<number>('number', (value) => typeof value === 'number');

/** One that JavaScript holds exactly. */
export const integer = matching(number, Number.isSafeInteger, 'expected int, received number');

export const count = matching(integer, (value) => value >= 0, 'expected a number that is not negative');

/** A Java long that may be `Long.MAX_VALUE`, which numbers of JavaScript cannot hold exactly. */
export const long = matching(number, Number.isInteger, 'expected an integer');

/** One of these. */
export function oneOf<const T extends string>(values: readonly T[], expected: string): Shape<T> {
  const known = new Set<unknown>(values);
  return (value, misfits) => {
    if (!known.has(value)) misfits.push({ path: [], expected });
    return value as T;
  };
}

/** A value that fits the shape and is like that. */
export function matching<T>(shape: Shape<T>, isLikeThat: (value: T) => boolean, expected: string): Shape<T> {
  return (value, misfits) => {
    const before = misfits.length;
    const taken = shape(value, misfits);
    if (misfits.length === before && !isLikeThat(taken)) misfits.push({ path: [], expected });
    return taken;
  };
}

/** The value as it was taken; undefined when it does not fit. */
export function ifFits<T>(shape: Shape<T>, value: unknown): T | undefined {
  const misfits: Misfit[] = [];
  const taken = shape(value, misfits);
  return misfits.length > 0 ? undefined : taken;
}

function primitive<T>(name: string, is: (value: unknown) => boolean): Shape<T> {
  return (value, misfits) => {
    if (!is(value)) misfit(misfits, name, value);
    return value as T;
  };
}

function within<T>(part: string | number, shape: Shape<T>, value: unknown, misfits: Misfit[]): T {
  const before = misfits.length;
  const taken = shape(value, misfits);
  for (let i = before; i < misfits.length; i += 1) misfits[i]?.path.unshift(part);
  return taken;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misfit(misfits: Misfit[], expected: string, value: unknown): void {
  const received = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  misfits.push({ path: [], expected: `expected ${expected}, received ${received}` });
}
