/** The old object when the new one says the same, field by field: callers tell changes by identity. */
export function unlessEqual<T extends object>(before: T, after: T): T {
  return hasFieldsOf(before, after) && hasFieldsOf(after, before) ? before : after;
}

/** A field that is undefined is as good as absent. */
function hasFieldsOf<T extends object>(a: T, b: T): boolean {
  for (const key in b) if (a[key] !== b[key]) return false;
  return true;
}
