/** The old object when the new one says the same, field by field: callers tell changes by identity. */
export function unlessEqual<T extends object>(before: T, after: T): T {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof T & string>;
  for (const key of keys) if (before[key] !== after[key]) return after;
  return before;
}
