import { describe, expect, it } from 'vitest';
import { failureOf, messageOfFailure } from '../../src/flink/request-failure.ts';

const withCode = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('failureOf', () => {
  it.each([
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['EPROTO', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls'],
    ['ERR_OSSL_PEM_NO_START_LINE', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UND_ERR_PRX_TLS', 'tls'],
    ['UND_ERR_INVALID_ARG', 'unauthorized'],
    ['ECONNREFUSED', 'connection'],
    ['ECONNRESET', 'connection'],
    ['ENOTFOUND', 'connection'],
    ['UND_ERR_SOCKET', 'connection'],
    ['HPE_INVALID_CONSTANT', 'connection'],
  ])('%s is %s', (code, failure) => {
    expect(failureOf(withCode(code))).toBe(failure);
  });

  it.each([[new Error('no code')], ['text'], [undefined], [{ code: 5 }]])(
    'takes %o for a broken connection',
    (error) => {
      expect(failureOf(error)).toBe('connection');
    },
  );
});

describe('messageOfFailure', () => {
  it('falls back on the code: several refused addresses have no message', () => {
    expect(messageOfFailure(withCode('ECONNREFUSED', 'connect ECONNREFUSED ::1:8081'))).toBe(
      'connect ECONNREFUSED ::1:8081',
    );
    expect(messageOfFailure(withCode('ECONNREFUSED'))).toBe('ECONNREFUSED');
    expect(messageOfFailure(new Error(''))).toBe('the connection failed');
  });
});
