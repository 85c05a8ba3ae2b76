/**
 * The web configuration file (`--web.config.file`): exporter-toolkit's format, so that `promtool check web-config` and the
 * files that people have for their other exporters fit (prometheus/exporter-toolkit `docs/web-configuration.md`). This is
 * its `basic_auth_users` and of `tls_server_config` what is listed below. Read by `src/app/` at start.
 */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MedicError, messageOf } from '../core/errors.ts';
import type { Environment } from './environment.ts';
import { type TlsServerConfig, tlsServerSchema } from './tls-server-config.ts';
import { parseYaml } from './yaml-document.ts';

export interface WebConfig {
  /** HTTPS when present. */
  readonly tls?: TlsServerConfig | undefined;
  /** User → bcrypt hash; empty when everybody is welcome. */
  readonly users: ReadonlyMap<string, string>;
}

/** @throws MedicError `config` when the file, or one that it names, cannot be read or is wrong */
export function loadWebConfig(file: string, env: Environment): WebConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new MedicError('config', `--web.config.file: cannot read it: ${messageOf(error)}`, { cause: error });
  }
  const schema = z
    .strictObject({
      tls_server_config: tlsServerSchema(file).optional(),
      basic_auth_users: usersSchema.optional(),
    })
    .transform((config) => ({ tls: config.tls_server_config, users: config.basic_auth_users ?? new Map() }));
  return parseYaml(text, file, schema, env);
}

/** The last character of the salt carries two bits; bcryptjs never matches a hash where the other four are not zero. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$/;

/** Costs that bcrypt has, up to what one comparison may hold up the others: 15 takes some seconds. */
const COSTS = { min: 4, max: 15 };

const usersSchema = z.record(z.string(), z.unknown()).transform((entries, context): ReadonlyMap<string, string> => {
  const users = new Map<string, string>();
  for (const [user, hash] of Object.entries(entries)) {
    const problem = userProblem(user, hash);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [user], message: problem });
    else users.set(user, String(hash));
  }
  return users;
});

/** Never quotes the value: it may be somebody's password. */
function userProblem(user: string, hash: unknown): string | undefined {
  if (user.includes(':')) return 'a user with a colon in the name can never log in (RFC 7617)';
  const cost = typeof hash === 'string' ? BCRYPT.exec(hash)?.[1] : undefined;
  if (cost === undefined) {
    return "is not a bcrypt hash; make one with: htpasswd -nBC 10 '' | tr -d ':\\n'";
  }
  if (Number(cost) < COSTS.min || Number(cost) > COSTS.max) {
    return `is a bcrypt hash of cost ${cost}; use ${COSTS.min} to ${COSTS.max}, usual is 10`;
  }
  return undefined;
}
