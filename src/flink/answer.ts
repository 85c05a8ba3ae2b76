/**
 * What an HTTP answer of Flink means before its document is looked at. Keeps nothing; the JobManager client uses it.
 * Errors are `{"errors": ["text, usually with a stack trace", …]}` (`ErrorResponseBody` of `runtime/rest/messages`).
 */

import { type ErrorCode, MedicError } from '../core/errors.ts';
import { ifFits, list, object, text } from './documents/shapes.ts';

export interface Answer {
  readonly status: number;
  /** The `Location` header of a redirect. */
  readonly location?: string;
  /** Its `Last-Modified`, if no later change can have the same: it was older than a second when it was sent. */
  readonly validator?: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
}

const CAUSED_BY = '\nCaused by: ';

const errorSchema = object({ errors: list(text) });

/**
 * The document of an answer that has one.
 *
 * @throws {MedicError} `unauthorized`, `http_4xx`, `http_5xx` or `not_json`, all with the status
 */
export function documentOf(answer: Answer): unknown {
  const { status, json } = answer;
  const code = refusalOf(status);
  if (code !== undefined) {
    throw new MedicError(code, `HTTP ${status}${errorText(json)}`, { status });
  }
  if (status >= 300) {
    throw new MedicError('not_json', `HTTP ${status}: redirected${targetOf(answer)}; redirects are not followed`, {
      status,
    });
  }
  if (json === undefined) {
    throw new MedicError('not_json', `HTTP ${status}, but the body is not JSON: is this the REST address of Flink?`, {
      status,
    });
  }
  return json;
}

function refusalOf(status: number): ErrorCode | undefined {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status >= 500) return 'http_5xx';
  return status >= 400 ? 'http_4xx' : undefined;
}

/** The first line of Flink's own words, and the innermost cause of a stack trace. */
function errorText(json: unknown): string {
  const errors = ifFits(errorSchema, json)?.errors ?? [];
  if (errors.length === 0) return '';
  const trace = errors.join('\n');
  const cause = trace.lastIndexOf(CAUSED_BY);
  const lines = [trace, ...(cause < 0 ? [] : [trace.slice(cause + CAUSED_BY.length)])].map(firstLine);
  return lines[0] === '' ? '' : `: ${lines.join('; caused by ')}`;
}

function firstLine(lines: string): string {
  return (lines.split('\n', 1)[0] ?? '').replace(/\p{Cc}/gu, ' ').slice(0, 200);
}

/** Only scheme, host and port: the rest may hold tokens of a login page. */
function targetOf({ location }: Answer): string {
  const target = location !== undefined && URL.canParse(location) ? new URL(location).origin : '';
  return target === '' ? '' : ` to ${target}`;
}
