/**
 * The web configuration file (`--web.config.file`): exporter-toolkit's format, so that `promtool check web-config` and the
 * files that people have for their other exporters fit (prometheus/exporter-toolkit `docs/web-configuration.md`); where it
 * is stricter, docs/security.md says so. Keeps nothing. Called at start, by each reload and by `check-config`.
 */

import { resolve } from 'node:path';
import { z } from 'zod';
import { MedicError, messageOf } from '../core/errors.ts';
import type { Environment } from './environment.ts';
import { httpServerSchema, type RateLimit, rateLimitSchema } from './http-server-config.ts';
import { readLimited } from './read-limited.ts';
import { filesOf, readTlsServer, type TlsServerConfig, tlsServerSchema } from './tls-server-config.ts';
import { usersSchema } from './web-users.ts';
import { readYaml } from './yaml-document.ts';

const MAX_BYTES = 1024 * 1024;

export interface WebConfig {
  /** HTTPS when present. */
  readonly tls?: TlsServerConfig | undefined;
  /** User → bcrypt hash; empty when everybody is welcome. */
  readonly users: ReadonlyMap<string, string>;
  /** Header → its value in each answer; an empty value takes the header off. */
  readonly headers: ReadonlyMap<string, string>;
  readonly rateLimit?: RateLimit | undefined;
}

export interface LoadedWebConfig {
  readonly config: WebConfig;
  /** Absolute paths of the files that it was read from. */
  readonly files: readonly string[];
  /** What is accepted and yet does not do what it says. */
  readonly warnings: readonly string[];
}

/** What is in force without a file: no TLS, and everybody is welcome. */
export const NO_WEB_CONFIG: LoadedWebConfig = {
  config: { users: new Map(), headers: new Map() },
  files: [],
  warnings: [],
};

const schema = z.strictObject({
  tls_server_config: tlsServerSchema.optional(),
  http_server_config: httpServerSchema.optional(),
  rate_limit: rateLimitSchema.optional(),
  basic_auth_users: usersSchema.optional(),
});

/** @throws MedicError `config` when the file, or one that it names, cannot be read or is wrong */
export async function loadWebConfig(file: string, env: Environment): Promise<LoadedWebConfig> {
  const document = readYaml(await readText(file), file, schema, env);
  const {
    tls_server_config: tls,
    http_server_config: http,
    rate_limit: rateLimit,
    basic_auth_users: users,
  } = document.value;
  const refuse = (key: string, message: string): never => {
    throw new MedicError('config', document.message(['tls_server_config', key], message));
  };
  const http2 = ['http_server_config', 'http2'];
  return {
    config: {
      tls: tls && (await readTlsServer(tls, file, refuse)),
      users: users ?? new Map(),
      headers: http?.headers ?? new Map(),
      rateLimit,
    },
    files: [resolve(file), ...(tls ? filesOf(tls, file) : [])],
    warnings:
      http?.http2 === true
        ? [document.message(http2, 'flink-medic speaks HTTP/1.1 only, and so will its clients')]
        : [],
  };
}

async function readText(file: string): Promise<string> {
  try {
    return (await readLimited(file, MAX_BYTES)).toString();
  } catch (error) {
    throw new MedicError('config', `--web.config.file: cannot read it: ${messageOf(error)}`, { cause: error });
  }
}
