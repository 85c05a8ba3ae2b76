import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExceptionEntry } from '../../src/core/facts.ts';
import { lastFailureOf } from '../../src/core/root-cause.ts';
import { parseExceptionHistory } from '../../src/flink/documents/exception-history.ts';

const WRAPPER = `org.apache.flink.runtime.JobException: Recovery is suppressed by FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=3, backoffTimeMS=1000)
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handleFailure(ExecutionFailureHandler.java:219)
\tat org.apache.flink.runtime.scheduler.DefaultScheduler.recordTaskFailure(DefaultScheduler.java:279)
`;

function entry(stacktrace: string, more: Partial<ExceptionEntry> = {}): ExceptionEntry {
  return { exceptionName: '', stacktrace, timestamp: 17, failureLabels: {}, concurrent: [], ...more };
}

function failureOf(stacktrace: string, more: Partial<ExceptionEntry> = {}) {
  return lastFailureOf({ entries: [entry(stacktrace, more)], truncated: false });
}

describe('lastFailureOf', () => {
  it('is undefined when nothing ever failed', () => {
    expect(lastFailureOf({ entries: [], truncated: false })).toBeUndefined();
  });

  it.each(['1.20.3', '2.3.0'])('names the real failures of Flink %s', (version) => {
    const recorded = (name: string) =>
      lastFailureOf(
        parseExceptionHistory(
          JSON.parse(readFileSync(`test/fixtures/flink-${version}/rest/jobs/${name}/exceptions.json`, 'utf8')),
        ),
      );
    expect(recorded('failed')).toMatchObject({
      exception: 'medic.job.PoisonRecordException',
      task: expect.stringMatching(/^count/),
      labels: '',
    });
    expect(recorded('failed')?.task).not.toMatch(/execution|\(\d/);
    expect(recorded('failed-in-initialisation')).toMatchObject({
      exception: 'java.io.FileNotFoundException',
      task: '',
    });
    expect(recorded('finished')).toBeUndefined();
  });

  it('looks through the wrapper of the final failure, and takes its task from the first concurrent exception', () => {
    const cause =
      'java.lang.IllegalStateException: poison\n\tat com.example.Orders.map(Orders.java:17)\n\t... 12 more\n';
    expect(
      failureOf(`${WRAPPER}Caused by: ${cause}`, {
        exceptionName: 'org.apache.flink.runtime.JobException',
        concurrent: [entry(cause, { taskName: 'Source: Orders -> Map (3/4) - execution #3' })],
      }),
    ).toEqual({
      exception: 'java.lang.IllegalStateException',
      message: 'poison',
      task: 'Source: Orders -> Map',
      labels: '',
      timestamp: 17,
    });
  });

  it('asks the concurrent exception when the wrapper has no cause', () => {
    const cause =
      'java.io.IOException: outer\n\tat a.B.c(B.java:1)\nCaused by: java.net.ConnectException: refused\n\tat x.Y.z(Y.java:1)\n';
    expect(failureOf(WRAPPER, { concurrent: [entry(cause, { taskName: 'Sink (1/1)' })] })).toMatchObject({
      exception: 'java.net.ConnectException',
      message: 'refused',
      task: 'Sink',
    });
    expect(failureOf(WRAPPER)).toMatchObject({ exception: 'org.apache.flink.runtime.JobException', task: '' });
  });

  it('does not blame a task for a failure of the whole job', () => {
    expect(
      failureOf(
        'org.apache.flink.util.FlinkRuntimeException: Exceeded checkpoint tolerable failure threshold.\n\tat a.B.c(B.java:1)\n',
        {
          concurrent: [entry('java.lang.Error\n', { taskName: 'Map (1/4)' })],
        },
      ),
    ).toMatchObject({ exception: 'org.apache.flink.util.FlinkRuntimeException', task: '' });
  });

  it.each([
    [
      'the innermost of several causes',
      'a.A: 1\n\tat x.X.x(X.java:1)\nCaused by: b.B: 2\n\tat x.X.x(X.java:2)\n\t... 1 more\nCaused by: c.C: 3\n\t... 2 more\n',
      'c.C',
      '3',
    ],
    [
      'not what is suppressed',
      'a.A: 1\n\tat x.X.x(X.java:1)\n\tSuppressed: s.S: 9\n\t\tat x.X.x(X.java:2)\n\tCaused by: t.T: 8\n\t\t... 1 more\nCaused by: b.B: 2\n\t... 1 more\n',
      'b.B',
      '2',
    ],
    [
      'suppressed below the innermost',
      'a.A: 1\n\tat x.X.x(X.java:1)\nCaused by: b.B: 2\n\t... 1 more\n\tSuppressed: s.S: 9\n\t\t... 3 more\n\tCaused by: t.T: 8\n\t\t... 1 more\n',
      'b.B',
      '2',
    ],
    [
      'a message of several lines that looks like a cause',
      'a.A: first\nCaused by: fake.Fake: no\nmore\n\tat x.X.x(X.java:1)\n',
      'a.A',
      'first',
    ],
    [
      'such a message in a cause',
      'a.A\n\tat x.X.x(X.java:1)\nCaused by: b.B: first\nCaused by: fake.Fake\n\t... 3 more\n',
      'b.B',
      'first',
    ],
    [
      'no message',
      'a.A\n\tat x.X.x(X.java:1)\nCaused by: java.lang.NullPointerException\n\t... 1 more\n',
      'java.lang.NullPointerException',
      '',
    ],
    ['an empty message', 'a.A: \n\tat x.X.x(X.java:1)\n', 'a.A', ''],
    [
      'inner and hidden classes',
      'a.A\n\tat x.X.x(X.java:1)\nCaused by: a.Outer$Inner$1: m\n\t... 1 more\n',
      'a.Outer$Inner$1',
      'm',
    ],
    [
      'a lambda class',
      'a.A$$Lambda$14/0x0000000800c03000: m\n\tat x.X.x(X.java:1)\n',
      'a.A$$Lambda$14/0x0000000800c03000',
      'm',
    ],
    ['a colon in the message', 'a.A: x: y: z\n\tat x.X.x(X.java:1)\n', 'a.A', 'x: y: z'],
    ['lines of Windows', 'a.A: 1\r\n\tat x.X.x(X.java:1)\r\nCaused by: b.B: 2\r\n\t... 1 more\r\n', 'b.B', '2'],
    [
      'a serialized throwable',
      'a.A: 1\n\tat x.X.x(X.java:1)\nCaused by: org.apache.flink.util.SerializedThrowable: java.lang.Error: boom\n\t... 1 more\n',
      'java.lang.Error',
      'boom',
    ],
    [
      'a serialized throwable that hides nothing',
      'org.apache.flink.util.SerializedThrowable: pretty words\n',
      'org.apache.flink.util.SerializedThrowable',
      'pretty words',
    ],
    ['a circular reference', 'a.A: 1\n\tat x.X.x(X.java:1)\nCaused by: [CIRCULAR REFERENCE: a.A: 1]\n', 'a.A', '1'],
    [
      'a cause without a class',
      'a.A: 1\n\tat x.X.x(X.java:1)\nCaused by: b.B: 2\n\t... 1 more\nCaused by: !? oh dear\n\t... 1 more\n',
      'b.B',
      '2',
    ],
    ['no trace', '', 'unknown', ''],
    ['words', 'something went wrong\n', 'unknown', ''],
  ])('finds %s', (_, stacktrace, exception, message) => {
    expect(failureOf(stacktrace)).toMatchObject({ exception, message });
  });

  it('falls back on the name that the entry gives', () => {
    expect(failureOf('', { exceptionName: 'java.lang.Error' })).toMatchObject({ exception: 'java.lang.Error' });
  });

  it.each([
    ['Map (1/4)', 'Map'],
    ['Map (1/4) - execution #3', 'Map'],
    ['Map - execution #3', 'Map'],
    ['Map (1/4)#3', 'Map'],
    ['Map (1/4)#3 (0a1b_2c)', 'Map'],
    ['Source: a (x) -> b (1/2) (3/4) - execution #12', 'Source: a (x) -> b (1/2)'],
    ['Map (one/four)', 'Map (one/four)'],
  ])('reads the task name %s', (taskName, task) => {
    expect(failureOf('a.A\n', { taskName })).toMatchObject({ task });
  });

  it('sorts the labels', () => {
    expect(failureOf('a.A\n', { failureLabels: { type: 'USER', b: '2', a: '1' } })).toMatchObject({
      labels: 'a=1,b=2,type=USER',
    });
  });

  it('cuts the message at 500 characters, never inside one', () => {
    expect(failureOf(`a.A: ${'x'.repeat(900)}\n`)?.message).toBe('x'.repeat(500));
    expect(failureOf(`a.A: ${'x'.repeat(499)}😀\n`)?.message).toBe('x'.repeat(499));
  });

  it('needs linear time for hostile traces', () => {
    const traces = [
      '\nCaused by: '.repeat(500_000),
      `a.A\n${'\tat x\nCaused by: ?\n'.repeat(300_000)}`,
      'x'.repeat(8_000_000),
    ];
    const started = performance.now();
    for (const trace of traces) expect(failureOf(trace)?.exception).toMatch(/^(unknown|a\.A)$/);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('never throws, and says a class name or unknown', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Caused by: ',
        '\tat a.B.c(B.java:1)',
        '\t... 3 more',
        'a.A: m',
        'Caused by: b.B: m',
        '\tSuppressed: s.S',
      ),
      fc.string({ unit: 'binary' }),
    );
    const trace = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(
        trace,
        fc.string(),
        fc.option(fc.string(), { nil: undefined }),
        (stacktrace, exceptionName, taskName) => {
          const concurrent = [entry(stacktrace, { taskName: 'Map (1/1)' })];
          const more = { exceptionName, concurrent, ...(taskName === undefined ? {} : { taskName }) };
          const failure = failureOf(stacktrace, more);
          expect(failure?.exception).toMatch(/^[\p{L}_$][\p{L}\p{N}_$./]*$/u);
          expect(failure?.message).not.toMatch(/\n/);
          expect(failure?.message.length).toBeLessThanOrEqual(500);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
