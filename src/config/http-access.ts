/**
 * Turns the configured access to a cluster into what a client asks for before each request: files with secrets are read
 * again each time, so that a rotated one counts at once. Keeps no secret from a file. Called by the composition root.
 */

import { messageOf, MedicError } from '../core/errors.ts';
import type { HttpConfig, Secret, TlsConfig } from './config.ts';
import { readLimited } from './read-limited.ts';

const MAX_SECRET_BYTES = 64 * 1024;
const MAX_PEM_BYTES = 1024 * 1024;

interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** The shape of `HttpAccess` in `src/flink`, which this folder does not import. */
export interface ConfiguredAccess {
  /** The value of the Authorization header. Rejects with MedicError `unauthorized` when a file gives none. */
  readonly authorization?: () => Promise<string>;
  /** Certificates, PEM. Rejects with MedicError `tls` when a file cannot be read. */
  readonly tls?: () => Promise<TlsFiles>;
  readonly proxyUrl?: string;
}

export function accessOf(http: HttpConfig): ConfiguredAccess {
  const { basicAuth, authorization, tls, proxyUrl } = http;
  return {
    ...(basicAuth && {
      authorization: async () => basicHeader(basicAuth.username, await readSecret(basicAuth.password)),
    }),
    ...(authorization && {
      authorization: async () => tokenHeader(authorization.type, await readSecret(authorization.credentials)),
    }),
    ...(tls && { tls: () => readTls(tls) }),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
}

/** RFC 7617, in UTF-8. */
function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function tokenHeader(type: string, token: string): string {
  if (!/^[\x20-\x7e]+$/.test(token)) {
    throw new MedicError(
      'unauthorized',
      'the credentials contain a line break or another character that no header may hold',
    );
  }
  return `${type} ${token}`;
}

/**
 * The secret as it is now: a file is read at each call, and white space around what it holds is cut off.
 * @throws MedicError `unauthorized` when the file cannot be read or is empty
 */
export async function readSecret(secret: Secret): Promise<string> {
  if ('value' in secret) return secret.value;
  let value: string;
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret; Prometheus trims as well.
    value = (await readLimited(secret.file, MAX_SECRET_BYTES)).toString().trim();
  } catch (error) {
    throw new MedicError('unauthorized', `cannot read the secret in ${secret.file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (value === '') throw new MedicError('unauthorized', `the file ${secret.file} holds no secret; it is empty`);
  return value;
}

async function readTls(tls: TlsConfig): Promise<TlsFiles> {
  const [ca, cert, key] = await Promise.all([tls.caFile, tls.certFile, tls.keyFile].map(readPem));
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    ...(tls.insecureSkipVerify && { rejectUnauthorized: false }),
  };
}

async function readPem(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readLimited(file, MAX_PEM_BYTES);
  } catch (error) {
    throw new MedicError('tls', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
