/** `/jobs/:jobid/exceptions`: the fields around the history differ most of all documents between versions. */

import type { FakeExceptionEntry } from './fake-failure.ts';
import type { FakeJob } from './fake-job.ts';
import { atLeast, type FlinkVersion } from './flink-version.ts';

/** @param archived in archives fields without a value are left out, live they are null */
export function renderExceptions(job: FakeJob, version: FlinkVersion, archived: boolean): object {
  const newest = job.exceptions[0];
  const before20 = {
    'root-exception': newest?.stacktrace ?? null,
    timestamp: newest?.timestamp ?? null,
    'all-exceptions': [],
    truncated: false,
  };
  return {
    ...(atLeast(version, '2.0') ? {} : before20),
    exceptionHistory: {
      entries: job.exceptions.map((entry) => ({
        ...renderEntry(entry, version, archived),
        concurrentExceptions: entry.concurrent.map((other) => renderEntry(other, version, archived)),
      })),
      truncated: false,
    },
  };
}

function renderEntry(entry: FakeExceptionEntry, version: FlinkVersion, archived: boolean): object {
  const endpoint = entry.taskName === undefined ? null : 'localhost:34567';
  const nullable = {
    taskName: entry.taskName ?? null,
    ...(atLeast(version, '2.0') ? {} : { location: endpoint }),
    ...(atLeast(version, '1.19') ? { endpoint } : {}),
    taskManagerId: entry.taskName === undefined ? null : 'localhost:34567-abcdef',
  };
  const present = Object.entries(nullable).filter(([, value]) => !archived || value !== null);
  return {
    exceptionName: entry.exceptionName,
    stacktrace: entry.stacktrace,
    timestamp: entry.timestamp,
    ...Object.fromEntries(present),
    failureLabels: entry.labels,
  };
}
