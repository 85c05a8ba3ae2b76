/**
 * From what undici, `node:net` or `node:tls` throw to a code of our table. Keeps nothing; the JobManager client uses it.
 * Decided by error code, never by message (`undici/lib/core/errors.js`, Node's `errors` and X.509 verification codes).
 */

import { messageOf, type ObservationFailure } from '../core/errors.ts';

const TIMEOUT = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;

/** OpenSSL and Node refuse with a family of codes each, the verification of a certificate with a list of names. */
const TLS = new RegExp(
  `^(${[
    'EPROTO',
    'ERR_(TLS|SSL|OSSL)_',
    'UND_ERR_PRX_TLS',
    '(CERT|CRL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|ERROR_IN|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH)',
  ].join('|')})`,
);

/** What undici says of a header that cannot be sent and of a proxy that wants (other) credentials. */
const CREDENTIALS = 'UND_ERR_INVALID_ARG';

export function failureOf(error: unknown): ObservationFailure {
  const code = codeOf(error);
  if (TIMEOUT.test(code)) return 'timeout';
  if (TLS.test(code)) return 'tls';
  return code === CREDENTIALS ? 'unauthorized' : 'connection';
}

/** The error's own words; several refused addresses (`AggregateError`) have only a code. */
export function messageOfFailure(error: unknown): string {
  return messageOf(error) || codeOf(error) || 'the connection failed';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
