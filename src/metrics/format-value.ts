/**
 * Writes a sample value so that both text formats read it back as the same 64-bit float.
 *
 * JavaScript's shortest round-trip form (`1e+21`, `1.5e-7`) is a number of OpenMetrics' grammar and of Go's
 * `strconv.ParseFloat`; only the three special values have other names. Source: OpenMetrics 1.0 "Numbers", Prometheus
 * "Text format details".
 */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * Writes the bound of a histogram bucket, which is label text and so must not differ between formats and versions: the
 * canonical form of OpenMetrics 1.0, to which Prometheus 3 also brings text 0.0.4 (`1.0`, never `1`).
 */
export function formatBucketBound(bound: number): string {
  const text = formatValue(bound);
  return Number.isInteger(bound) && !text.includes('e') ? `${text}.0` : text;
}
