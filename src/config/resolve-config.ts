/** From what a schema returns to {@link Config}: names, and paths against the folder of the file that they stand in. */

import { resolve } from 'node:path';

import type { ClusterInput } from './cluster-schema.ts';
import type { ClusterConfig, Config, HttpConfig, Secret, TlsConfig } from './config.ts';
import type { ConfigInput } from './schema.ts';

/** Everything but the clusters, which come from several files. */
export function resolveSettings(input: ConfigInput): Omit<Config, 'clusters'> {
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
  };
}

/** @param folder folder of the file that the cluster stands in */
export function resolveCluster(input: ClusterInput, folder: string): ClusterConfig {
  return {
    name: input.name,
    jobManagers: input.jobmanagers,
    archives: input.archives?.map(({ configured, path }) => ({ configured, path: resolve(folder, path) })),
    http: resolveHttp(input.http, folder),
    expectedJobs: input.expected_jobs,
  };
}

function resolveHttp(input: ClusterInput['http'], folder: string): HttpConfig {
  const { basic_auth: basic, authorization, tls_config: tls, proxy_url: proxyUrl } = input;
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
    ...(tls && { tls: resolveTls(tls, folder) }),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
}

/** The schema lets exactly one of the two through. */
function secret(value: string | undefined, file: string | undefined, folder: string): Secret {
  return file === undefined ? { value: value ?? '' } : { file: resolve(folder, file) };
}

function resolveTls(input: NonNullable<ClusterInput['http']['tls_config']>, folder: string): TlsConfig {
  const { ca_file: ca, cert_file: cert, key_file: key, server_name: serverName } = input;
  return {
    ...(ca !== undefined && { caFile: resolve(folder, ca) }),
    ...(cert !== undefined && { certFile: resolve(folder, cert) }),
    ...(key !== undefined && { keyFile: resolve(folder, key) }),
    ...(serverName !== undefined && { serverName }),
    insecureSkipVerify: input.insecure_skip_verify,
  };
}
