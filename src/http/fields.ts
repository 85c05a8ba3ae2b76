/** How the resources of the API write times and leave out what is not known. */

/** Dates that JavaScript cannot hold (a hostile document may have them) are shown as the number they are. */
export function rfc3339(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}

export function time(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : rfc3339(milliseconds);
}

export function known<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}
