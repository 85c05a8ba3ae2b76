/** Rows one after the other, as lists: a hundred thousand as objects would take several times what is kept of them. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** @typeParam Row what the query selects, in its order */
export function* rowsOf<Row extends readonly unknown[]>(
  db: DatabaseSync,
  query: string,
  ...values: SQLInputValue[]
): Generator<Row> {
  const statement = db.prepare(query);
  statement.setReturnArrays(true);
  // The driver's types know rows as objects only.
  for (const row of statement.iterate(...values) as Iterable<unknown>) yield row as Row;
}
