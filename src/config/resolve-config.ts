/** From what a schema returns to {@link Config}: names, and paths against the folder of the file that they stand in. */

import { resolve } from 'node:path';

import type { ClusterInput } from './cluster-schema.ts';
import type { CallerConfig, ClusterConfig, Config, HttpConfig, NotifyConfig, Secret, TlsConfig } from './config.ts';
import type { CallerInput, HttpInput } from './http-schema.ts';
import type { NotifyInput } from './notify-schema.ts';
import { resolveRestart } from './resolve-restart.ts';
import type { ConfigInput } from './schema.ts';

/**
 * Everything but the clusters, which come from several files.
 * @param folder folder of the configuration file
 */
export function resolveSettings(input: ConfigInput, folder: string): Omit<Config, 'clusters'> {
  const { ledger, observe, archives, retention } = input;
  return {
    ledger: { file: ledger.url },
    observe: {
      intervalMs: observe.interval,
      timeoutMs: observe.timeout,
      graceMs: observe.grace,
      maxJobs: observe.max_jobs,
    },
    archives: { scanIntervalMs: archives.scan_interval, maxFileSizeBytes: archives.max_file_size },
    retention: {
      endedRunsMs: retention.ended_runs,
      endedRunsPerJob: retention.ended_runs_per_job,
      supersededSeriesMs: retention.superseded_series,
    },
    webhook: resolveCaller(input.webhook, folder),
    api: resolveCaller(input.api, folder),
    restart: resolveRestart(input.restart, folder),
    notify: input.notify.map((receiver) => resolveNotify(receiver, folder)),
  };
}

/** @param folder folder of the file that the cluster stands in */
export function resolveCluster(input: ClusterInput, folder: string): ClusterConfig {
  const { name, jobmanagers: jobManagers, history_server: historyServer } = input;
  // Without a JobManager there is none to name a folder.
  const archives = input.archives ?? (jobManagers.length === 0 ? [] : undefined);
  return {
    name,
    jobManagers,
    archives: archives?.map(({ configured, path }) => ({ configured, path: resolve(folder, path) })),
    ...(historyServer !== undefined && { historyServer }),
    http: resolveHttp(input.http, folder),
    expectedJobs: input.expected_jobs,
  };
}

function resolveCaller(input: CallerInput, folder: string): CallerConfig {
  return { ...resolveLogin(input, folder), clientAllowedSans: input.client_allowed_sans };
}

function resolveNotify(input: NotifyInput, folder: string): NotifyConfig {
  const { url, headers, events } = input;
  return { url, headers, events, http: resolveHttp(input, folder) };
}

function resolveHttp(input: HttpInput, folder: string): HttpConfig {
  const { tls_config: tls, proxy_url: proxyUrl } = input;
  return {
    ...resolveLogin(input, folder),
    ...(tls && { tls: resolveTls(tls, folder) }),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
}

type Login = Pick<HttpConfig, 'basicAuth' | 'authorization'>;

function resolveLogin(input: Pick<HttpInput, 'basic_auth' | 'authorization'>, folder: string): Login {
  const { basic_auth: basic, authorization } = input;
  return {
    ...(basic && {
      basicAuth: { username: basic.username, password: secret(basic.password, basic.password_file, folder) },
    }),
    ...(authorization && {
      authorization: {
        type: authorization.type,
        credentials: secret(authorization.credentials, authorization.credentials_file, folder),
      },
    }),
  };
}

/** The schema lets exactly one of the two through. */
function secret(value: string | undefined, file: string | undefined, folder: string): Secret {
  return file === undefined ? { value: value ?? '' } : { file: resolve(folder, file) };
}

function resolveTls(input: NonNullable<HttpInput['tls_config']>, folder: string): TlsConfig {
  const { ca_file: ca, cert_file: cert, key_file: key, server_name: serverName } = input;
  return {
    ...(ca !== undefined && { caFile: resolve(folder, ca) }),
    ...(cert !== undefined && { certFile: resolve(folder, cert) }),
    ...(key !== undefined && { keyFile: resolve(folder, key) }),
    ...(serverName !== undefined && { serverName }),
    insecureSkipVerify: input.insecure_skip_verify,
  };
}
