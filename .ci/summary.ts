/**
 * The last lines of `.ci/run`, from vitest's JSON report, the exit code of the tests and the number of other steps that
 * failed: which tests failed, one a line, and "N passed, N failed".
 *
 *     node .ci/summary.ts REPORT EXIT_CODE FAILED_STEPS
 */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** What is read of vitest's JSON report. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Of a file that failed outside its tests. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * A file that fails outside its tests (it does not load, or a hook throws) is one failure, and so are tests that ended
 * badly although no test failed (an unhandled error, a time-out, no report).
 *
 * @param report undefined when vitest wrote none
 * @param exitCode of the tests
 * @param failedSteps steps besides the tests that failed
 */
export function summarize(report: Report | undefined, exitCode: number, failedSteps: number): string {
  const failedTests = (report?.numFailedTests ?? 0) + (report?.testResults.filter(failedOutsideTests).length ?? 0);
  const failed = failedSteps + (exitCode === 0 ? failedTests : Math.max(failedTests, 1));
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const line = `${String(report?.numPassedTests ?? 0)} passed, ${String(failed)} failed`;
  return skipped === 0 ? line : `${line}, ${String(skipped)} skipped`;
}

/** Each failure with the first line of its message, so that the end of a long log tells what is wrong. */
export function failures({ testResults }: Report): string[] {
  return testResults.flatMap((file) => [
    ...(failedOutsideTests(file) ? [failure(file.name, undefined, file.message)] : []),
    ...file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => failure(file.name, fullName, failureMessages[0])),
  ]);
}

function failure(file: string, test: string | undefined, message = ''): string {
  const [line = ''] = message.split('\n');
  return ['FAILED', relative(process.cwd(), file), ...(test === undefined ? [] : [`> ${test}:`]), line].join(' ');
}

function failedOutsideTests({ status, assertionResults }: Report['testResults'][number]): boolean {
  return status === 'failed' && assertionResults.every((result) => result.status !== 'failed');
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const [file = '', exitCode, failedSteps] = process.argv.slice(2);
  const report = readReport(file);
  for (const line of report === undefined ? [] : failures(report)) console.log(line);
  console.log(summarize(report, Number(exitCode), Number(failedSteps)));
}
