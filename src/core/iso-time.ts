/**
 * Times as people and programs read them: RFC 3339 in UTC, milliseconds since the epoch given. Those of documents can be
 * hostile: dates that JavaScript cannot hold stay numbers.
 */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
