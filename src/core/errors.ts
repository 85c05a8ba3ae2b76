/**
 * The one error class of the program and the table of its codes. A code is what callers decide by (never the message),
 * and the codes of a failed observation are the `reason` label of `flink_cluster_observation_failures_total`.
 */

/** Why a request to a JobManager gave no usable answer: the closed list of the metric label. */
export const OBSERVATION_FAILURES = [
  'timeout',
  'connection',
  'tls',
  'unauthorized',
  'http_4xx',
  'http_5xx',
  'not_json',
  'schema',
  'too_large',
] as const;

export type ObservationFailure = (typeof OBSERVATION_FAILURES)[number];

/** Every code, with the sentence that `docs/errors.md` prints for it. */
export const ERROR_CODES = {
  timeout: 'No complete answer within the time limit.',
  connection: 'The address could not be reached, or the connection broke.',
  tls: 'The TLS handshake failed: certificate, name or protocol do not fit.',
  unauthorized: 'HTTP 401 or 403: credentials are missing or wrong.',
  http_4xx: 'Another HTTP status from 400 to 499.',
  http_5xx: 'An HTTP status from 500 on; 503 is what a JobManager says during a leader election.',
  not_json: 'The body is not JSON.',
  schema: 'The body is JSON, but a field is missing or has another type than Flink documents.',
  too_large: 'The body is larger than the limit.',
  config: 'The configuration is wrong; the message has file, line and column.',
  ledger_locked: 'Another flink-medic has the ledger open.',
  ledger_newer: 'The ledger was written by a newer flink-medic.',
  ledger_unusable: 'The ledger file cannot be opened or read: damaged, not a ledger, or no permission.',
  ledger_write: 'A transaction of the ledger failed.',
  lease_lost: 'Another process took over the ledger: this one no longer acts.',
  unknown_subject: 'No such cluster, job or incident is known.',
  not_possible: 'The order does not fit the present state.',
  listen: 'A listen address could not be opened.',
  server: 'The flink-medic server that a command asked could not be reached or refused.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface MedicErrorOptions {
  readonly cause?: unknown;
  /** HTTP status, where one was received. */
  readonly status?: number;
}

export class MedicError extends Error {
  override readonly name = 'MedicError';
  readonly code: ErrorCode;
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, options: MedicErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
  }
}

/** The text of anything that was thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
