/**
 * `GET /jobs/:jobid/metrics?get=…` (`MetricCollectionResponseBody` of `runtime/rest/messages/job/metrics`). Names that
 * Flink does not know are silently missing, and the first answer after idle is empty.
 */

import { optional, optionalText } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { list, object, text } from './shapes.ts';

export interface JobMetrics {
  /** Restarts and rescales of the present JobManager's life of the job. */
  readonly numRestarts?: number;
  /** From 2.0 on. */
  readonly numRescales?: number;
}

const metricsSchema = list(object({ id: text, value: optionalText }));

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseJobMetrics(value: unknown): JobMetrics {
  const metrics = parseDocument(metricsSchema, value, '/jobs/:jobid/metrics');
  const counterOf = (id: string) => counter(metrics.find((metric) => metric.id === id)?.value);
  return { ...optional('numRestarts', counterOf('numRestarts')), ...optional('numRescales', counterOf('numRescales')) };
}

/** Values are strings; "NaN", "n/a" and -1 stand for "not known". */
function counter(written: string | undefined): number | undefined {
  const value = written !== undefined && /^\d+$/.test(written) ? Number(written) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
