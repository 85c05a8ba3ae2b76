/**
 * `GET /jobs/:jobid/exceptions` and the archive entry of that path (`JobExceptionsInfoWithHistory` of
 * `runtime/rest/messages`). Only `exceptionHistory` is read: the fields beside it are gone since 2.0.
 */

import { z } from 'zod';
import type { ExceptionEntry, ExceptionHistory } from '../../core/facts.ts';
import { list, milliseconds, optional, optionalText } from './fields.ts';
import { parseDocument } from './parse-document.ts';

/** As with lists, the first misfit ends the check. */
const labels = z.record(z.string(), z.unknown()).transform((values, { issues }) => {
  const texts: [string, string][] = [];
  for (const [key, input] of Object.entries(values)) {
    if (typeof input !== 'string') {
      issues.push({ code: 'invalid_type', expected: 'string', input, path: [key] });
      return z.NEVER;
    }
    texts.push([key, input]);
  }
  return Object.fromEntries(texts);
});

const failureSchema = z.object({
  exceptionName: optionalText,
  stacktrace: optionalText,
  timestamp: milliseconds,
  taskName: optionalText,
  failureLabels: labels.nullish(),
});

// Flink's concurrent failures have none of their own (`RootExceptionInfo` against `ExceptionInfo`): no recursion.
const entrySchema = failureSchema.extend({ concurrentExceptions: list(failureSchema).nullish() });

const historySchema = z.object({
  exceptionHistory: z.object({ entries: list(entrySchema).nullish(), truncated: z.boolean().nullish() }).nullish(),
});

/**
 * @param value the parsed JSON
 * @returns the entries in Flink's order, newest first
 * @throws {MedicError} `schema`
 */
export function parseExceptionHistory(value: unknown): ExceptionHistory {
  const history = parseDocument(historySchema, value, '/jobs/:jobid/exceptions').exceptionHistory;
  const entries = (history?.entries ?? []).map((raw) =>
    entry(
      raw,
      (raw.concurrentExceptions ?? []).map((other) => entry(other, [])),
    ),
  );
  return { entries, truncated: history?.truncated ?? false };
}

function entry(raw: z.infer<typeof failureSchema>, concurrent: readonly ExceptionEntry[]): ExceptionEntry {
  return {
    exceptionName: raw.exceptionName ?? '',
    stacktrace: raw.stacktrace ?? '',
    timestamp: raw.timestamp,
    ...optional('taskName', raw.taskName),
    failureLabels: raw.failureLabels ?? {},
    concurrent,
  };
}
