/**
 * `tls_server_config` of the web configuration file: its keys, the files that they name, and whether all of it fits
 * together. Keeps nothing; each file is limited to 1 MiB. Called by `web-config.ts`.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureVersion } from 'node:tls';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import { readLimited } from './read-limited.ts';
import { flag, text } from './scalars.ts';
import { CIPHER_SUITES, CLIENT_AUTH, type ClientAuth, CURVES, VERSIONS } from './tls-names.ts';

const MAX_PEM_BYTES = 1024 * 1024;

export interface TlsServerConfig {
  /** PEM: the server's certificate, then those between it and a root. */
  readonly cert: string;
  /** PEM, without passphrase. */
  readonly key: string;
  readonly clientAuth: ClientAuth;
  /** PEM: who may issue client certificates. */
  readonly clientCa?: string | undefined;
  /** One of these subject alternative names a client certificate must have; empty when any will do. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL's names, the preferred first; empty for Node's own choice. */
  readonly cipherSuites: readonly string[];
  /** Whether the order of `cipherSuites` counts, and not the client's. */
  readonly preferServerCipherSuites: boolean;
  /** OpenSSL's names, the preferred first; empty for Node's own choice. */
  readonly curves: readonly string[];
}

export const tlsServerSchema = z.strictObject({
  cert_file: z.string().optional(),
  cert: z.string().optional(),
  key_file: z.string().optional(),
  key: z.string().optional(),
  client_auth_type: named(CLIENT_AUTH).default(CLIENT_AUTH.NoClientCert),
  client_ca_file: z.string().optional(),
  client_ca: z.string().optional(),
  client_allowed_sans: z.array(text).min(1).default([]),
  min_version: named(VERSIONS).default(VERSIONS.TLS12),
  max_version: named(VERSIONS).default(VERSIONS.TLS13),
  cipher_suites: z.array(named(CIPHER_SUITES)).default([]),
  prefer_server_cipher_suites: flag.default(true),
  curve_preferences: z.array(named(CURVES)).default([]),
});

type Block = z.output<typeof tlsServerSchema>;

/** One of the keys of a table; its value is what the table says. */
function named<T>(table: Readonly<Record<string, T>>) {
  return z.enum(Object.keys(table)).transform((name) => table[name] as T);
}

/** What is wrong with a key, or with the one that can stand for it: `cert` also means `cert_file`. */
interface Problem {
  readonly key: string;
  readonly message: string;
}

/** The files that a block names, as absolute paths. */
export function filesOf(block: Block, file: string): string[] {
  const paths = [block.cert_file, block.key_file, block.client_ca_file];
  return paths.flatMap((path) => (path ? [resolve(dirname(file), path)] : []));
}

/**
 * Reads the files of a block and checks that everything fits together.
 * @param file the file that the block stands in: relative paths start from its folder
 * @param refuse gets the key at fault and what is wrong with it
 */
export async function readTlsServer(
  block: Block,
  file: string,
  refuse: (key: string, message: string) => never,
): Promise<TlsServerConfig> {
  const pem = async (key: 'cert' | 'key' | 'client_ca'): Promise<string> => {
    const path = block[`${key}_file`] ?? '';
    const inline = block[key] ?? '';
    if (path === '') return inline;
    if (inline !== '') return refuse(`${key}_file`, `give ${key}_file or ${key}, not both`);
    const read = readLimited(resolve(dirname(file), path), MAX_PEM_BYTES);
    const content = await read.catch((error: unknown) => refuse(`${key}_file`, `cannot be read: ${messageOf(error)}`));
    return content.length > 0 ? content.toString() : refuse(`${key}_file`, 'is an empty file');
  };
  const config: TlsServerConfig = {
    cert: await pem('cert'),
    key: await pem('key'),
    clientAuth: block.client_auth_type,
    clientCa: (await pem('client_ca')) || undefined,
    clientAllowedSans: block.client_allowed_sans,
    minVersion: block.min_version,
    maxVersion: block.max_version,
    cipherSuites: block.cipher_suites,
    preferServerCipherSuites: block.prefer_server_cipher_suites,
    curves: block.curve_preferences,
  };
  const problem = missingPart(config) ?? idleKey(config) ?? mismatch(config);
  if (problem === undefined) return config;
  const fileKey = `${problem.key}_file`;
  return refuse(
    fileKey in block && block[fileKey as keyof Block] !== undefined ? fileKey : problem.key,
    problem.message,
  );
}

function missingPart({ cert, key, clientAuth, clientCa }: TlsServerConfig): Problem | undefined {
  if (cert === '') return { key: 'cert', message: 'is missing; TLS needs cert_file or cert' };
  if (key === '') return { key: 'key', message: 'is missing; TLS needs key_file or key' };
  // Go would fall back to the public authorities of the machine: anybody can get a certificate from one of those.
  if (clientCa === undefined && clientAuth.require && clientAuth.verify) {
    return { key: 'client_ca', message: 'is missing; this client_auth_type needs client_ca_file or client_ca' };
  }
  return undefined;
}

/** What would look like protection and be none. */
function idleKey({ clientAuth, clientCa, clientAllowedSans }: TlsServerConfig): Problem | undefined {
  if (clientCa !== undefined && !clientAuth.request) {
    return { key: 'client_ca', message: 'does nothing without a client_auth_type' };
  }
  if (clientAllowedSans.length > 0 && (!clientAuth.verify || clientCa === undefined)) {
    const message =
      'proves nothing while certificates are not verified; set client_auth_type: RequireAndVerifyClientCert';
    return { key: 'client_allowed_sans', message };
  }
  return undefined;
}

/** Each part is tried by itself first, so that the message names the one that is wrong. */
function mismatch({ cert, key, clientCa, minVersion, maxVersion, cipherSuites }: TlsServerConfig): Problem | undefined {
  const attempts: readonly (readonly [key: string, what: string, attempt: () => unknown])[] = [
    ['cert', 'is not a PEM certificate', () => new X509Certificate(cert)],
    ['key', 'is not a PEM private key without a passphrase', () => createPrivateKey(key)],
    ['client_ca', 'is not a PEM certificate', () => clientCa === undefined || new X509Certificate(clientCa)],
    ['cert', 'cannot be used with this key', () => createSecureContext({ cert, key })],
  ];
  for (const [name, what, attempt] of attempts) {
    try {
      attempt();
    } catch (error) {
      return { key: name, message: `${what} (${messageOf(error)})` };
    }
  }
  // Their names sort by age.
  if (minVersion > maxVersion) return { key: 'min_version', message: 'is newer than max_version' };
  if (maxVersion < VERSIONS.TLS13 && cipherSuites.length > 0 && cipherSuites.every(isOfTls13)) {
    return { key: 'cipher_suites', message: 'has none that max_version could use: these are of TLS 1.3' };
  }
  return undefined;
}

/** Of a suite by OpenSSL's name. */
function isOfTls13(suite: string): boolean {
  return suite.startsWith('TLS_');
}
