/** Reads the query part of a URL, which a client may have written in any way. */

import type { Request } from 'express';

/** All values of a query parameter that may be repeated, in order; anything nested is left out. */
export function queryValues(request: Request, name: string): string[] {
  const value: unknown = request.query[name];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string');
}
