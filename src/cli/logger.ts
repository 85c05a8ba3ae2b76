/** The log of `serve`: one line an event on standard output, JSON or logfmt, as the exporters of Prometheus have it. */

import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;

export interface LogOptions {
  readonly level: string;
  readonly format: string;
  readonly write: (line: string) => void;
}

export function makeLogger({ level, format, write }: LogOptions): Logger {
  const destination: DestinationStream = {
    write: (line) => write(format === 'json' ? line.trimEnd() : logfmt(JSON.parse(line) as Record<string, unknown>)),
  };
  const options = {
    level,
    base: null,
    messageKey: 'msg',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination);
}

/** `time=… level=info msg="…" key=value`; nested values as JSON. */
function logfmt(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${logfmtValue(value)}`)
    .join(' ');
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
