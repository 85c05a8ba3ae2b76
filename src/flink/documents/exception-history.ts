/**
 * `GET /jobs/:jobid/exceptions` and the archive entry of that path (`JobExceptionsInfoWithHistory` of
 * `runtime/rest/messages`). Only `exceptionHistory` is read: the fields beside it are gone since 2.0.
 */

import type { ExceptionEntry, ExceptionHistory } from '../../core/facts.ts';
import { milliseconds, optional, optionalText } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { flag, list, nullable, object, record, type Shaped, text } from './shapes.ts';

const failureFields = {
  exceptionName: optionalText,
  stacktrace: optionalText,
  timestamp: milliseconds,
  taskName: optionalText,
  failureLabels: nullable(record(text)),
};

const failureSchema = object(failureFields);

// Flink's concurrent failures have none of their own (`RootExceptionInfo` against `ExceptionInfo`): no recursion.
const entrySchema = object({ ...failureFields, concurrentExceptions: nullable(list(failureSchema)) });

const historySchema = object({
  exceptionHistory: object({ entries: list(entrySchema), truncated: nullable(flag) }),
});

/**
 * @param value the parsed JSON
 * @returns the entries in Flink's order, newest first
 * @throws {MedicError} `schema`
 */
export function parseExceptionHistory(value: unknown): ExceptionHistory {
  const history = parseDocument(historySchema, value, '/jobs/:jobid/exceptions').exceptionHistory;
  const entries = history.entries.map((raw) =>
    entry(
      raw,
      (raw.concurrentExceptions ?? []).map((other) => entry(other, [])),
    ),
  );
  return { entries, truncated: history.truncated ?? false };
}

function entry(raw: Shaped<typeof failureSchema>, concurrent: readonly ExceptionEntry[]): ExceptionEntry {
  return {
    exceptionName: raw.exceptionName ?? '',
    stacktrace: raw.stacktrace ?? '',
    timestamp: raw.timestamp,
    ...optional('taskName', raw.taskName),
    failureLabels: raw.failureLabels ?? {},
    concurrent,
  };
}
