/**
 * `value`, which is JSON, with one of its parts, at any depth, replaced by `part`.
 *
 * @param pick gives a number from 0 to below its argument
 */
export function damaged(value: unknown, pick: (choices: number) => number, part: unknown): unknown {
  if (typeof value !== 'object' || value === null || pick(4) === 0) return part;
  const entries = Object.entries(value);
  const at = pick(Math.max(1, entries.length));
  const changed = entries.map(
    ([key, inner], index) => [key, index === at ? damaged(inner, pick, part) : inner] as const,
  );
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}
