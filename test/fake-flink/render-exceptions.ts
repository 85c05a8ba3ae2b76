/** `/jobs/:jobid/exceptions`: the fields around the history differ most of all documents between versions. */

import type { FakeExceptionEntry } from './fake-failure.ts';
import type { FakeJob } from './fake-job.ts';
import { atLeast, type FlinkVersion } from './flink-version.ts';

export function renderExceptions(job: FakeJob, version: FlinkVersion): object {
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
        ...renderEntry(entry, version),
        concurrentExceptions: entry.concurrent.map((other) => renderEntry(other, version)),
      })),
      truncated: false,
    },
  };
}

function renderEntry(entry: FakeExceptionEntry, version: FlinkVersion): object {
  return {
    exceptionName: entry.exceptionName,
    stacktrace: entry.stacktrace,
    timestamp: entry.timestamp,
    failureLabels: entry.labels,
    ...(entry.taskName === undefined ? {} : whereIn(entry.taskName, version)),
  };
}

/** Left out for failures of no single task. */
function whereIn(taskName: string, version: FlinkVersion): object {
  const endpoint = 'localhost:34567';
  return {
    taskName,
    ...(atLeast(version, '2.0') ? {} : { location: endpoint }),
    ...(atLeast(version, '1.19') ? { endpoint } : {}),
    taskManagerId: 'taskmanager-0',
  };
}
