/** Rows of one statement: far below SQLite's 32,766 parameters, and few enough statements that compiling them is cheap. */
const ROWS_PER_STATEMENT = 200;

export function* batches<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}
