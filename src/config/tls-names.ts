/**
 * The words of Go's `crypto/tls` in a web configuration, and what OpenSSL calls the same: versions, client authentication
 * types, cipher suites, curves. Tables only; read by `tls-server-config.ts`.
 */

import type { SecureVersion } from 'node:tls';

/** What a client has to show. */
export interface ClientAuth {
  /** Whether it is asked for a certificate at all. */
  readonly request: boolean;
  /** Whether it must have one. */
  readonly require: boolean;
  /** Whether one that it has must come from `clientCa` and be valid. */
  readonly verify: boolean;
}

const ANY_CLIENT_CERT: ClientAuth = { request: true, require: true, verify: false };

/** Go's `tls.ClientAuthType`; `RequireClientCert` is exporter-toolkit's old name of `RequireAnyClientCert`. */
export const CLIENT_AUTH = {
  NoClientCert: { request: false, require: false, verify: false },
  RequestClientCert: { request: true, require: false, verify: false },
  RequireAnyClientCert: ANY_CLIENT_CERT,
  RequireClientCert: ANY_CLIENT_CERT,
  VerifyClientCertIfGiven: { request: true, require: false, verify: true },
  RequireAndVerifyClientCert: { request: true, require: true, verify: true },
} as const satisfies Readonly<Record<string, ClientAuth>>;

export const VERSIONS = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const satisfies Readonly<Record<string, SecureVersion>>;

/** Go's `tls.CipherSuites()`, which leaves out what it calls insecure. The three of TLS 1.3 have one name everywhere. */
export const CIPHER_SUITES = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
} as const;

/** The curves that exporter-toolkit knows (`web/tls_config.go`). */
export const CURVES = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
} as const;
