/**
 * The cases of exporter-toolkit's own test data (prometheus/exporter-toolkit `web/testdata`), each by the name of its file
 * there, in our words and with certificates of our own: what is good there loads here, what is bad there is refused here with
 * its place. Where we differ on purpose, the case says why; docs/security.md says it to users.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadWebConfig } from '../../src/config/web-config.ts';
import { CIPHER_SUITES, CURVES } from '../../src/config/tls-names.ts';
import { createAuthority } from '../support/certificates.ts';

const INVALID_HASH = 'doe';
const HASHES = [12, 18, 10].map((cost) => `$2y$${String(cost)}$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi`);

let folder: string;
let inline: { readonly cert: string; readonly key: string };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flink-medic-exporter-toolkit-'));
  const authority = createAuthority();
  inline = authority.issue('localhost');
  writeFileSync(join(folder, 'server.crt'), inline.cert);
  writeFileSync(join(folder, 'server.key'), inline.key, { mode: 0o600 });
  writeFileSync(join(folder, 'client.pem'), authority.cert);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Block = Readonly<Record<string, unknown>>;

/** The server's own certificate, and more keys. */
function server(more: Block = {}): Block {
  return { tls_server_config: { cert_file: 'server.crt', key_file: 'server.key', ...more } };
}

const optional = { client_auth_type: 'VerifyClientCertIfGiven' };
const verified = { client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'client.pem' };
const some = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'];
const users = { alice: HASHES[0], bob: HASHES[1], carol: HASHES[2], dave: HASHES[2] };

const GOOD: Readonly<Record<string, () => Block | string>> = {
  'tls_config_noAuth.requireandverifyclientcert.good.yml': () => server(verified),
  'tls_config_noAuth.requireanyclientcert.good.yml': () => server({ client_auth_type: 'RequireAnyClientCert' }),
  'tls_config_noAuth.requireanyclientcertkeyinline.good.yml': () => ({
    tls_server_config: { cert_file: 'server.crt', key: inline.key, client_auth_type: 'RequireAnyClientCert' },
  }),
  'web_config_auth_client_san.good.yaml': () => server({ ...verified, client_allowed_sans: ['one', 'test3', 'two'] }),
  // Bad for the client of their test, whose certificate has no such name.
  'web_config_auth_client_san.bad.yaml': () => server({ ...verified, client_allowed_sans: ['bad'] }),
  'web_config_empty.yml': () => '',
  'web_config_headers.good.yml': () => ({
    http_server_config: {
      headers: {
        'X-Frame-Options': 'deny',
        'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
        'X-Content-Type-Options': 'nosniff',
        'X-XSS-Protection': 1,
        'Content-Security-Policy': "default-src 'self' *.test.example.net",
      },
    },
  }),
  'web_config_noAuth.good.yml': () => server(optional),
  'web_config_noAuth_allCiphers.good.yml': () => server({ ...optional, cipher_suites: Object.keys(CIPHER_SUITES) }),
  'web_config_noAuth_allCurves.good.yml': () => server({ ...optional, curve_preferences: Object.keys(CURVES) }),
  'web_config_noAuth_noHTTP2.good.yml': () => ({
    ...server({ ...optional, cipher_suites: some.slice(1), max_version: 'TLS12' }),
    http_server_config: { http2: false },
  }),
  // Bad there, because HTTP/2 needs another suite: flink-medic does not speak it.
  'web_config_noAuth_noHTTP2Cipher.bad.yml': () =>
    server({ ...optional, cipher_suites: some.slice(1), max_version: 'TLS12' }),
  'web_config_noAuth_someCiphers.good.yml': () =>
    server({ ...optional, cipher_suites: some, min_version: 'TLS12', max_version: 'TLS12' }),
  'web_config_noAuth_someCiphers_noOrder.good.yml': () =>
    server({
      ...optional,
      cipher_suites: some.toReversed(),
      prefer_server_cipher_suites: false,
      min_version: 'TLS12',
      max_version: 'TLS12',
    }),
  'web_config_noAuth_someCurves.good.yml': () =>
    server({ ...optional, min_version: 'TLS13', curve_preferences: ['CurveP521'] }),
  'web_config_noAuth_tlsInline.good.yml': () => ({ tls_server_config: { ...inline, ...optional } }),
  'web_config_rate_limiter_nonblocking.yaml': () => ({ rate_limit: { interval: 0, burst: 0 } }),
  'web_config_users.good.yml': () => ({ ...server(), basic_auth_users: users }),
  'web_config_users_noTLS.good.yml': () => ({ basic_auth_users: users }),
};

const BAD: Readonly<Record<string, readonly [content: Block | string, message: RegExp]>> = {
  'web_config_auth_clientCAs_invalid.bad.yml': [
    server({ client_ca_file: 'somefile' }),
    /client_ca_file: cannot be read: ENOENT/,
  ],
  // The two have the same content; it starts there and lets in whom a public authority certifies, or nobody.
  'web_config_auth_clientCAs_missing.bad.yml': [
    server({ client_auth_type: 'RequireAndVerifyClientCert' }),
    /client_ca: is missing; this client_auth_type needs client_ca_file/,
  ],
  'web_config_noAuth.good.blocking.yml': [
    server({ client_auth_type: 'RequireAndVerifyClientCert' }),
    /client_ca: is missing; this client_auth_type needs client_ca_file/,
  ],
  'web_config_auth_user_list_invalid.bad.yml': [
    { ...server(), basic_auth_users: { john: INVALID_HASH } },
    /basic_auth_users\.john: is not a bcrypt hash/,
  ],
  'web_config_headers_content_type_options.bad.yml': [
    { http_server_config: { headers: { 'X-Content-Type-Options': 'sniff' } } },
    /headers\.X-Content-Type-Options: must be nosniff$/,
  ],
  'web_config_headers_extra_header.bad.yml': [
    { http_server_config: { headers: { 'Content-Type': 'foo' } } },
    /headers\.Content-Type: unknown key; Allowed: Content-Security-Policy, Strict-Transport-Security, X-Content-Type/,
  ],
  'web_config_headers_frame_options.bad.yml': [
    { http_server_config: { headers: { 'X-Frame-Options': 'foo' } } },
    /headers\.X-Frame-Options: must be one of deny, sameorigin$/,
  ],
  'web_config_junk.yml': ['some\nwords\nthat\nare no map\n', /:1:1: expected a map, found a string/],
  'web_config_junk_key.yml': [
    { tls_server_config: { cert_filse: 'server.crt' } },
    /tls_server_config\.cert_filse: unknown key; did you mean cert_file\?/,
  ],
  'web_config_noAuth.bad.yml': [server({ client_ca_file: '/dev/null' }), /client_ca_file: is an empty file$/],
  'web_config_noAuth_certPath_empty.bad.yml': [server({ cert_file: '' }), /cert_file: is missing; TLS needs/],
  'web_config_noAuth_certPath_invalid.bad.yml': [
    server({ cert_file: 'somefile' }),
    /cert_file: cannot be read: ENOENT/,
  ],
  'web_config_noAuth_certPath_keyPath_empty.bad.yml': [
    server({ cert_file: '', key_file: '', client_auth_type: 'x' }),
    /client_auth_type: must be one of NoClientCert, /,
  ],
  'web_config_noAuth_certPath_keyPath_invalid.bad.yml': [
    server({ cert_file: 'somefile', key_file: 'somefile' }),
    /cert_file: cannot be read: ENOENT/,
  ],
  'web_config_noAuth_cert_empty.bad.yml': [
    { tls_server_config: { cert: '', key_file: 'server.key' } },
    /tls_server_config\.cert: is missing; TLS needs/,
  ],
  'web_config_noAuth_inventedCiphers.bad.yml': [
    server({ ...optional, cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA2048'] }),
    /cipher_suites\[0\]: must be one of TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, /,
  ],
  'web_config_noAuth_inventedCurves.bad.yml': [
    server({ ...optional, curve_preferences: ['CurveP257'] }),
    /curve_preferences\[0\]: must be one of CurveP256, CurveP384, CurveP521, X25519$/,
  ],
  'web_config_noAuth_keyPath_empty.bad.yml': [server({ key_file: '' }), /key_file: is missing; TLS needs/],
  'web_config_noAuth_keyPath_invalid.bad.yml': [server({ key_file: 'somefile' }), /key_file: cannot be read: ENOENT/],
  'web_config_noAuth_key_empty.bad.yml': [
    { tls_server_config: { cert_file: 'server.crt', key: '' } },
    /tls_server_config\.key: is missing; TLS needs/,
  ],
  'web_config_noAuth_wrongTLSVersion.bad.yml': [
    server({ ...optional, min_version: 'TLS111' }),
    /min_version: must be one of TLS10, TLS11, TLS12, TLS13$/,
  ],
  // Starts there and answers every request with 429.
  'web_config_rate_limiter_one_second.yaml': [
    { rate_limit: { interval: '1s', burst: 0 } },
    /rate_limit\.burst: must be at least 1: with 0 every request is refused$/,
  ],
};

/** JSON is YAML. */
function write(name: string, content: Block | string): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  return file;
}

test.each(Object.entries(GOOD))('%s loads', async (name, content) => {
  await expect(loadWebConfig(write(name, content()), {})).resolves.toHaveProperty('config');
});

test.each(Object.entries(BAD))('%s is refused', async (name, [content, message]) => {
  const file = write(name, content);
  const refusal = await loadWebConfig(file, {}).then(
    () => 'it was accepted',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
  expect(refusal).toMatch(message);
  expect(refusal.split('\n')).toHaveLength(1);
  expect(refusal.replace(file, '')).toMatch(/^:\d+:\d+: /);
});

test('every case of exporter-toolkit is here', () => {
  expect(Object.keys(GOOD).length + Object.keys(BAD).length).toBe(41);
});
