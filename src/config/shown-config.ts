/**
 * The configuration in force as a file would say it, for people: the inverse of `resolve-config.ts` and
 * `resolve-restart.ts`, with every default and without secrets. What it gives for a configuration without secrets loads as
 * the same one. Called by `src/app/web.ts`.
 */

import { stringify } from 'yaml';
import { argsWithoutSecrets, withoutSecrets } from '../core/redaction.ts';
import type { RestartPolicy, RestartRules, TextMatcher } from '../core/restart/policy.ts';
import type { CallerConfig, ClusterConfig, Config, HttpConfig, NotifyConfig, Secret, TlsConfig } from './config.ts';
import { formatDuration as duration } from './duration.ts';
import { formatSize } from './size.ts';

/** As Prometheus shows secrets. */
const HIDDEN = '<secret>';

/** YAML. */
export function shownConfig(config: Config): string {
  const { ledger, observe, archives, retention } = config;
  return stringify(
    {
      ledger: { url: `sqlite:${ledger.file}` },
      observe: {
        interval: duration(observe.intervalMs),
        timeout: duration(observe.timeoutMs),
        grace: duration(observe.graceMs),
        max_jobs: observe.maxJobs,
      },
      archives: {
        scan_interval: duration(archives.scanIntervalMs),
        max_file_size: formatSize(archives.maxFileSizeBytes),
      },
      retention: {
        ended_runs: duration(retention.endedRunsMs),
        ended_runs_per_job: retention.endedRunsPerJob,
        superseded_series: duration(retention.supersededSeriesMs),
      },
      clusters: config.clusters.map(shownCluster),
      webhook: shownCaller(config.webhook),
      api: shownCaller(config.api),
      restart: shownRestart(config.restart),
      notify: config.notify.map(shownNotify),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function shownCluster({ name, jobManagers, archives, historyServer, http, expectedJobs }: ClusterConfig): object {
  return {
    name,
    jobmanagers: jobManagers,
    archives: archives?.map(({ configured }) => configured),
    history_server: historyServer,
    http: shownHttp(http),
    expected_jobs: expectedJobs,
  };
}

function shownCaller(caller: CallerConfig): object {
  return { ...shownLogin(caller), client_allowed_sans: caller.clientAllowedSans };
}

/** The address of a webhook is often its only credential: the path and what follows are hidden. */
function shownNotify({ url, headers, events, http }: NotifyConfig): object {
  const { origin, href } = new URL(url);
  return {
    url: href === `${origin}/` ? href : `${origin}/${HIDDEN}`,
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN])),
    events,
    ...shownHttp(http),
  };
}

function shownHttp(http: HttpConfig): object {
  return {
    ...shownLogin(http),
    tls_config: http.tls && shownTls(http.tls),
    proxy_url: http.proxyUrl && withoutUserInfo(http.proxyUrl),
  };
}

function shownLogin({ basicAuth, authorization }: Pick<HttpConfig, 'basicAuth' | 'authorization'>): object {
  return {
    basic_auth: basicAuth && { username: basicAuth.username, ...shownSecret('password', basicAuth.password) },
    authorization: authorization && {
      type: authorization.type,
      ...shownSecret('credentials', authorization.credentials),
    },
  };
}

function shownSecret(key: string, secret: Secret): object {
  return 'file' in secret ? { [`${key}_file`]: secret.file } : { [key]: HIDDEN };
}

function shownTls({ caFile, certFile, keyFile, serverName, insecureSkipVerify }: TlsConfig): object {
  return {
    ca_file: caFile,
    cert_file: certFile,
    key_file: keyFile,
    server_name: serverName,
    insecure_skip_verify: insecureSkipVerify,
  };
}

/** The user, too: some proxies take a token there. */
function withoutUserInfo(written: string): string {
  const url = new URL(written);
  if (url.username === '' && url.password === '') return written;
  return `${url.protocol}//${HIDDEN}@${url.host}`;
}

function shownRestart({
  mode,
  maxConcurrent,
  maxAttemptsPerHour,
  actWithinMs,
  breaker,
  policies,
}: RestartRules): object {
  return {
    mode,
    max_concurrent: maxConcurrent,
    max_attempts_per_hour: maxAttemptsPerHour,
    act_within: duration(actWithinMs),
    breaker: {
      failed_ratio: breaker.failedRatio,
      min_jobs: breaker.minJobs,
      window: duration(breaker.windowMs),
      cool_down: duration(breaker.coolDownMs),
    },
    policies: policies.map(shownPolicy),
  };
}

function shownPolicy(policy: RestartPolicy): object {
  const { name, match, triggers, on, restore, budget, backOff, confirm, neverOn, windows, driver } = policy;
  return {
    name,
    match: { flink_cluster: match.cluster.source, job_name: match.jobName.source },
    triggers,
    on,
    restore: {
      policy: restore.policy,
      max_age: restore.maxAgeMs === undefined ? undefined : duration(restore.maxAgeMs),
      claim_mode: restore.claimMode,
      allow_non_restored_state: restore.allowNonRestoredState,
    },
    budget: { attempts: budget.attempts, per: duration(budget.perMs) },
    backoff: { initial: duration(backOff.initialMs), factor: backOff.factor, max: duration(backOff.maxMs) },
    confirm: {
      running_for: duration(confirm.runningForMs),
      checkpoint: confirm.checkpoint,
      timeout: duration(confirm.timeoutMs),
    },
    never_on: { exceptions: neverOn.exceptions.map(sourceOf), failure_labels: neverOn.failureLabels },
    wait: duration(policy.waitMs),
    vanished_wait: duration(policy.vanishedWaitMs),
    batch: policy.batch,
    windows: windows.map(({ days, from, to, timeZone }) => ({
      days,
      from: timeOfDay(from),
      to: timeOfDay(to),
      time_zone: timeZone,
    })),
    driver: { flink_rest: shownTarget(driver) },
  };
}

function shownTarget({ submitTimeoutMs, jar, entryClass, args, parallelism, config }: RestartPolicy['driver']): object {
  return {
    submit_timeout: duration(submitTimeoutMs),
    ...('file' in jar ? { jar: jar.file } : { jar_name: jar.name }),
    entry_class: entryClass,
    args: argsWithoutSecrets(args),
    parallelism,
    config: withoutSecrets(config),
  };
}

function sourceOf({ source }: TextMatcher): string {
  return source;
}

function timeOfDay(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${String(hours)}:${String(rest)}`;
}
