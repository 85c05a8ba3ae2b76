/** `tls_server_config` of the web configuration file: reads the files that it names and checks that they fit together. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureVersion } from 'node:tls';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';

/** What a client has to show. */
export interface ClientAuth {
  /** Whether it is asked for a certificate at all. */
  readonly request: boolean;
  /** Whether it must have one. */
  readonly require: boolean;
  /** Whether one that it has must come from `clientCa` and be valid. */
  readonly verify: boolean;
}

const CLIENT_AUTH_NAMES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** Go's `tls.ClientAuthType`. */
const CLIENT_AUTH: Readonly<Record<(typeof CLIENT_AUTH_NAMES)[number], ClientAuth>> = {
  NoClientCert: { request: false, require: false, verify: false },
  RequestClientCert: { request: true, require: false, verify: false },
  RequireAnyClientCert: { request: true, require: true, verify: false },
  VerifyClientCertIfGiven: { request: true, require: false, verify: true },
  RequireAndVerifyClientCert: { request: true, require: true, verify: true },
};

const VERSION_NAMES = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;

const VERSIONS: Readonly<Record<(typeof VERSION_NAMES)[number], SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

export interface TlsServerConfig {
  /** PEM: the server's certificate, then those between it and a root. */
  readonly cert: string;
  /** PEM, without passphrase. */
  readonly key: string;
  readonly clientAuth: ClientAuth;
  /** PEM: who may issue client certificates. */
  readonly clientCa?: string | undefined;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
}

/** @param file the file that the block stands in: relative paths start from its folder */
export function tlsServerSchema(file: string): z.ZodType<TlsServerConfig> {
  const pemFile = z.string().transform((path, context) => {
    try {
      return readFileSync(resolve(dirname(file), path), 'utf8');
    } catch (error) {
      context.addIssue({ code: 'custom', message: `cannot be read: ${messageOf(error)}` });
      return z.NEVER;
    }
  });
  return z
    .strictObject({
      cert_file: pemFile.optional(),
      cert: z.string().optional(),
      key_file: pemFile.optional(),
      key: z.string().optional(),
      client_auth_type: z.enum(CLIENT_AUTH_NAMES).default('NoClientCert'),
      client_ca_file: pemFile.optional(),
      client_ca: z.string().optional(),
      min_version: z.enum(VERSION_NAMES).default('TLS12'),
      max_version: z.enum(VERSION_NAMES).default('TLS13'),
    })
    .transform((block, context) => {
      const config: TlsServerConfig = {
        cert: block.cert_file ?? block.cert ?? '',
        key: block.key_file ?? block.key ?? '',
        clientAuth: CLIENT_AUTH[block.client_auth_type],
        clientCa: block.client_ca_file ?? block.client_ca,
        minVersion: VERSIONS[block.min_version],
        maxVersion: VERSIONS[block.max_version],
      };
      const problem = doubleKey(block) ?? missingPart(config) ?? mismatch(config);
      if (problem) context.addIssue({ code: 'custom', path: [place(block, problem.key)], message: problem.message });
      return config;
    });
}

/** What is wrong with a key, or with the one that can stand for it: `cert` also means `cert_file`. */
interface Problem {
  readonly key: string;
  readonly message: string;
}

type Block = Readonly<Record<string, unknown>>;

function place(block: Block, key: string): string {
  return block[`${key}_file`] === undefined ? key : `${key}_file`;
}

function doubleKey(block: Block): Problem | undefined {
  const key = ['cert', 'key', 'client_ca'].find(
    (name) => block[name] !== undefined && block[`${name}_file`] !== undefined,
  );
  return key === undefined ? undefined : { key, message: `give ${key}_file or ${key}, not both` };
}

function missingPart({ cert, key, clientAuth, clientCa }: TlsServerConfig): Problem | undefined {
  if (cert === '') return { key: 'cert', message: 'is missing; TLS needs cert_file or cert' };
  if (key === '') return { key: 'key', message: 'is missing; TLS needs key_file or key' };
  if (clientCa !== undefined && !clientAuth.request) {
    return { key: 'client_ca', message: 'does nothing without a client_auth_type' };
  }
  // Go would fall back to the public authorities of the machine: anybody can get a certificate from one of those.
  if (clientCa === undefined && clientAuth.verify) {
    return { key: 'client_ca', message: 'is missing; this client_auth_type needs client_ca_file or client_ca' };
  }
  return undefined;
}

/** Each part is tried by itself first, so that the message names the one that is wrong. */
function mismatch({ cert, key, clientCa, minVersion, maxVersion }: TlsServerConfig): Problem | undefined {
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
  return minVersion > maxVersion ? { key: 'min_version', message: 'is newer than max_version' } : undefined;
}
