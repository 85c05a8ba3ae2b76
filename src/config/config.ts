/** The configuration as the program uses it: every default filled in, times in milliseconds, sizes in bytes, paths absolute. */

import type { RestartRules } from '../core/restart/policy.ts';

export interface Config {
  readonly ledger: LedgerConfig;
  readonly observe: ObserveConfig;
  readonly archives: ArchivesConfig;
  readonly retention: RetentionConfig;
  /** In the order of the files; names are unique, and so is the cluster of each JobManager address. */
  readonly clusters: readonly ClusterConfig[];
  /** Who may deliver alerts. */
  readonly webhook: CallerConfig;
  /** Who may give orders. */
  readonly api: CallerConfig;
  readonly restart: RestartRules;
  readonly notify: readonly NotifyConfig[];
}

/** Who may call an endpoint: each way that is given is enough. With none nobody may. May hold secrets: never log it. */
export interface CallerConfig {
  readonly basicAuth?: { readonly username: string; readonly password: Secret };
  readonly authorization?: { readonly type: string; readonly credentials: Secret };
  /** Subject alternative names of client certificates, as in the web configuration file of exporter-toolkit. */
  readonly clientAllowedSans: readonly string[];
}

export const NOTIFY_EVENTS = ['incident', 'final_status'] as const;

export interface NotifyConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly events: readonly (typeof NOTIFY_EVENTS)[number][];
  readonly http: HttpConfig;
}

interface LedgerConfig {
  /** SQLite file, relative to the folder of `--storage.path` and inside it. */
  readonly file: string;
}

export interface ObserveConfig {
  /** From one observation of a cluster to the next. */
  readonly intervalMs: number;
  /** Time limit of one request; at most `intervalMs`. */
  readonly timeoutMs: number;
  /** How long a run that no source knows stays UNKNOWN before it is VANISHED. */
  readonly graceMs: number;
  /** Runs exported per cluster. */
  readonly maxJobs: number;
}

export interface ArchivesConfig {
  /** From one scan of a folder to the next. */
  readonly scanIntervalMs: number;
  /** Larger archives count as unreadable. */
  readonly maxFileSizeBytes: number;
}

export interface RetentionConfig {
  /** How long ended runs are exported and shown. */
  readonly endedRunsMs: number;
  /** Ended runs of one job that are shown. */
  readonly endedRunsPerJob: number;
  /** How long an ended run that is not the newest of its name keeps its series. */
  readonly supersededSeriesMs: number;
}

export interface ClusterConfig {
  /** The label `flink_cluster`. */
  readonly name: string;
  /** Base URLs without a slash at the end, each once; none when only archives are watched. */
  readonly jobManagers: readonly string[];
  /** Each folder once; undefined when the one that the JobManager names should be used. */
  readonly archives: readonly ArchiveFolder[] | undefined;
  /** Base URL without a slash at the end; clusters with the same one have the same `http`. */
  readonly historyServer?: string;
  readonly http: HttpConfig;
  /** Names of jobs that should always run, each once. */
  readonly expectedJobs: readonly string[];
}

export interface ArchiveFolder {
  /** As it stands in the file: the label `archive`. */
  readonly configured: string;
  readonly path: string;
}

/** How a cluster's JobManagers and History Server are reached; at most one of `basicAuth` and `authorization`. May hold secrets: never log it. */
export interface HttpConfig {
  readonly basicAuth?: { readonly username: string; readonly password: Secret };
  readonly authorization?: { readonly type: string; readonly credentials: Secret };
  readonly tls?: TlsConfig;
  /** http or https; may carry `user:password@`. */
  readonly proxyUrl?: string;
}

/** A secret itself, or the file that holds it and is read at each use. */
export type Secret = { readonly value: string } | { readonly file: string };

/** PEM files, read at each use. `certFile` and `keyFile` come together. */
export interface TlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}
