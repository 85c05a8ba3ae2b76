/** Reads the query part of a URL, which a client may have written in any way. */

import type { Request } from 'express';

/** All values of a query parameter that may be repeated, in order; anything nested is left out. */
export function queryValues(request: Request, name: string): string[] {
  const value: unknown = request.query[name];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string');
}

/** Whether one of a thing's values is asked for; without any in the query everything is. */
export function passes(asked: readonly string[], ...values: readonly string[]): boolean {
  return asked.length === 0 || values.some((value) => asked.includes(value));
}
