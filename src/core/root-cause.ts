/**
 * Names the last failure of a run from its exception history: pure text work over what Java's `printStackTrace` wrote.
 * Linear in the length of the one or two traces that it looks at, whatever is in them. The observers and the archive
 * reader call it.
 */

import type { ExceptionEntry, ExceptionHistory, Failure } from './facts.ts';

const MAX_MESSAGE = 500;
/** Longer than any class name that people write; what is longer is not a name. */
const MAX_CLASS_NAME = 300;
/** What is looked at of the line that names an exception. */
const MAX_HEADER = 2 * MAX_CLASS_NAME + MAX_MESSAGE;
const CLASS_NAME = /^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*(?:\/0x[0-9a-f]+)?$/u;
const THROWABLE = /^([^:]+)(?::\s*(.*))?$/su;
const CAUSED_BY = '\nCaused by: ';
/** Carries a failure between processes; the class that it stands for is the start of its message. */
const SERIALIZED = 'org.apache.flink.util.SerializedThrowable: ';

interface Cause {
  readonly exception: string;
  readonly message: string;
}

/**
 * The failure behind the newest entry of the history; undefined when nothing ever failed.
 *
 * When Flink gives a job up, the newest entry is a wrapper without a task ("JobException: Recovery is suppressed by …").
 * What failed is its innermost cause, and where is in its first concurrent exception. Measured on 1.20.3 and 2.3.0;
 * Flink: `ExceptionHistoryEntry`, `ExecutionFailureHandler`.
 */
export function lastFailureOf(history: ExceptionHistory): Failure | undefined {
  const newest = history.entries[0];
  if (newest === undefined) return undefined;
  const witness = isGivenUp(newest) ? newest.concurrent[0] : undefined;
  const cause = innermostCause(newest) ?? (witness && innermostCause(witness)) ?? outermost(witness ?? newest);
  return {
    ...cause,
    task: vertexName(newest.taskName ?? witness?.taskName ?? ''),
    labels: labelText(newest.failureLabels),
    timestamp: newest.timestamp,
  };
}

function isGivenUp(entry: ExceptionEntry): boolean {
  return entry.taskName === undefined && firstLine(entry.stacktrace, 0).includes(': Recovery is suppressed by ');
}

function innermostCause({ stacktrace: trace }: ExceptionEntry): Cause | undefined {
  for (let at = trace.lastIndexOf(CAUSED_BY); at > 0; at = trace.lastIndexOf(CAUSED_BY, at - 1)) {
    // A message of several lines can hold such a line too; a real one follows a stack frame.
    const cause = isFrame(trace, at) ? causeOf(firstLine(trace, at + CAUSED_BY.length)) : undefined;
    if (cause !== undefined) return cause;
  }
  return undefined;
}

function outermost(entry: ExceptionEntry): Cause {
  const cause = causeOf(firstLine(entry.stacktrace, 0)) ?? causeOf(firstLine(entry.exceptionName, 0));
  return cause ?? { exception: 'unknown', message: '' };
}

/** Whether the line that ends at `end` is "at …" or "... 12 more". */
function isFrame(trace: string, end: number): boolean {
  const start = trace.lastIndexOf('\n', end - 1) + 1;
  return /^\s+(?:at |\.\.\. )/.test(trace.slice(start, Math.min(end, start + 32)));
}

/** Reads `Throwable.toString()`: the class, and a colon and the message where there is one. */
function causeOf(line: string): Cause | undefined {
  const original = line.startsWith(SERIALIZED) ? parseThrowable(line.slice(SERIALIZED.length)) : undefined;
  return original?.exception.includes('.') === true ? original : parseThrowable(line);
}

function parseThrowable(line: string): Cause | undefined {
  const [, exception = '', message = ''] = THROWABLE.exec(line) ?? [];
  if (exception.length > MAX_CLASS_NAME || !CLASS_NAME.test(exception)) return undefined;
  return { exception, message: shorten(message) };
}

function firstLine(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + MAX_HEADER)).trim();
}

function shorten(message: string): string {
  // Cut between characters: half a surrogate pair would not survive UTF-8.
  return message.slice(0, MAX_MESSAGE).replace(/[\uD800-\uDBFF]$/, '');
}

/** "Source: Orders -> Map (1/4) - execution #3" without subtask and attempt; a log's "(1/4)#3" likewise. */
function vertexName(taskName: string): string {
  return taskName.replace(/ - execution #\d+$/, '').replace(/ \(\d+\/\d+\)(?:#\d+)?(?: \([0-9a-f_]+\))?$/, '');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .toSorted()
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(',');
}
