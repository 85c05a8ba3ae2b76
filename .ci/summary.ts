/**
 * The last line of `.ci/run`, "N passed, N failed", from vitest's JSON report, the exit code of the tests and the number
 * of other steps that failed:
 *
 *     node .ci/summary.ts REPORT EXIT_CODE FAILED_STEPS
 */

import { readFileSync } from 'node:fs';

/** What is read of vitest's JSON report. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
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
  const failures = (report?.numFailedTests ?? 0) + (report?.testResults.filter(failedOutsideTests).length ?? 0);
  const failed = failedSteps + (exitCode === 0 ? failures : Math.max(failures, 1));
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const line = `${String(report?.numPassedTests ?? 0)} passed, ${String(failed)} failed`;
  return skipped === 0 ? line : `${line}, ${String(skipped)} skipped`;
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
  console.log(summarize(readReport(file), Number(exitCode), Number(failedSteps)));
}
