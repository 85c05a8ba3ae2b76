import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failures, type Report, summarize } from '../../.ci/summary.ts';

function report(counts: Partial<Report>): Report {
  return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...counts };
}

const file = (status: string, ...tests: string[]) => ({
  name: join(process.cwd(), 'test/a.test.ts'),
  status,
  message: 'Cannot find module',
  assertionResults: tests.map((each) => ({
    status: each,
    fullName: `it ${each}`,
    failureMessages: each === 'failed' ? ['Error: 1 is not 2\n    at test/a.test.ts:3'] : [],
  })),
});

describe('summarize', () => {
  it('counts tests', () => {
    expect(summarize(report({ numPassedTests: 12 }), 0, 0)).toBe('12 passed, 0 failed');
    expect(summarize(report({ numPassedTests: 12, numFailedTests: 2 }), 1, 0)).toBe('12 passed, 2 failed');
  });

  it('shows skipped tests and those to be written', () => {
    const line = summarize(report({ numPassedTests: 12, numPendingTests: 2, numTodoTests: 1 }), 0, 0);
    expect(line).toBe('12 passed, 0 failed, 3 skipped');
  });

  it('counts steps that failed', () => {
    expect(summarize(report({ numPassedTests: 12 }), 0, 2)).toBe('12 passed, 2 failed');
  });

  it('counts a file that does not load, or whose hook throws, once', () => {
    const testResults = [
      file('failed'),
      file('failed', 'passed', 'skipped'),
      file('failed', 'failed'),
      file('passed', 'passed'),
    ];
    const line = summarize(report({ numPassedTests: 2, numFailedTests: 1, numPendingTests: 1, testResults }), 1, 0);
    expect(line).toBe('2 passed, 3 failed, 1 skipped');
  });

  it('is never green when the tests ended badly', () => {
    // An unhandled error: vitest's own report calls that a success.
    expect(summarize(report({ numPassedTests: 3 }), 1, 0)).toBe('3 passed, 1 failed');
    expect(summarize(undefined, 124, 1)).toBe('0 passed, 2 failed');
  });
});

it('names what failed, with the first line of why', () => {
  const testResults = [file('failed'), file('failed', 'passed', 'failed'), file('passed', 'passed')];
  expect(failures(report({ testResults }))).toEqual([
    'FAILED test/a.test.ts Cannot find module',
    'FAILED test/a.test.ts > it failed: Error: 1 is not 2',
  ]);
});
