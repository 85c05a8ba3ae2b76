import { describe, expect, it } from 'vitest';
import { parseExceptionHistory } from '../../../src/flink/documents/exception-history.ts';

const failure = {
  exceptionName: 'java.lang.IllegalStateException',
  stacktrace: 'java.lang.IllegalStateException: no\n\tat x.Y.z(Y.java:1)\n',
  timestamp: 1000,
  taskName: 'Source: orders (1/2) - execution #3',
  endpoint: 'localhost:1234',
  taskManagerId: 'tm-1',
  failureLabels: { type: 'USER' },
};
const wrapper = { exceptionName: 'org.apache.flink.runtime.JobException', stacktrace: 'x', timestamp: 1001 };

describe('parseExceptionHistory', () => {
  it('keeps the order of Flink, newest first, with concurrent failures', () => {
    const live = { ...wrapper, taskName: null, failureLabels: {}, concurrentExceptions: [failure] };
    const entries = [live, { ...failure, timestamp: 900, concurrentExceptions: [] }];
    expect(parseExceptionHistory({ exceptionHistory: { entries, truncated: true } })).toEqual({
      entries: [
        {
          exceptionName: 'org.apache.flink.runtime.JobException',
          stacktrace: 'x',
          timestamp: 1001,
          failureLabels: {},
          concurrent: [
            {
              exceptionName: failure.exceptionName,
              stacktrace: failure.stacktrace,
              timestamp: 1000,
              taskName: failure.taskName,
              failureLabels: { type: 'USER' },
              concurrent: [],
            },
          ],
        },
        {
          exceptionName: failure.exceptionName,
          stacktrace: failure.stacktrace,
          timestamp: 900,
          taskName: failure.taskName,
          failureLabels: { type: 'USER' },
          concurrent: [],
        },
      ],
      truncated: true,
    });
  });

  it('reads archived entries, which leave out what they do not know', () => {
    const [entry] = parseExceptionHistory({ exceptionHistory: { entries: [wrapper], truncated: false } }).entries;
    expect(entry).toEqual({ ...wrapper, failureLabels: {}, concurrent: [] });
  });

  it('has no entries where Flink says that there were none', () => {
    const value = { 'root-exception': null, 'all-exceptions': [], exceptionHistory: { entries: [], truncated: false } };
    expect(parseExceptionHistory(value)).toEqual({ entries: [], truncated: false });
  });

  // Every Flink since 1.13 sends both, so whoever leaves them out is none, and proves nothing about failures.
  it.each([
    [{}],
    [{ 'root-exception': null, timestamp: null, 'all-exceptions': [], truncated: false }],
    [{ exceptionHistory: null }],
    [{ exceptionHistory: {} }],
    [{ exceptionHistory: { entries: null } }],
  ])('does not take %j for a history without failures', (value) => {
    expect(() => parseExceptionHistory(value)).toThrow('/jobs/:jobid/exceptions: exceptionHistory');
  });

  it('does not recurse: deeper concurrent failures do not exist in Flink', () => {
    const deep = { ...wrapper, concurrentExceptions: [{ ...failure, concurrentExceptions: [failure] }] };
    expect(
      parseExceptionHistory({ exceptionHistory: { entries: [deep] } }).entries[0]?.concurrent[0]?.concurrent,
    ).toEqual([]);
  });

  it('names the field and hides a hostile key', () => {
    const entries = [{ ...failure, failureLabels: { ['<script>'.repeat(20)]: 1 } }];
    expect(() => parseExceptionHistory({ exceptionHistory: { entries } })).toThrow(
      '/jobs/:jobid/exceptions: exceptionHistory.entries[0].failureLabels.…: expected string, received number',
    );
  });
});
