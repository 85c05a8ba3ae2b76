/**
 * The chain from /metrics to the webhook as users get it: a real Prometheus and a real Alertmanager with the shipped rules
 * and the configurations of examples/; only addresses, the token and how often Prometheus looks are others. Ends with
 * `stop()`. Called by tests and by the demo; so it knows nothing of vitest.
 */

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { Alertmanager } from './alertmanager.ts';
import { hastened } from './hastened.ts';
import { Prometheus } from './prometheus.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

export interface AlertmanagerOptions {
  readonly program: string;
  /** `host:port` of flink-medic, or of what passes messages on to it. */
  readonly webhook: string;
  /** Of the webhook. */
  readonly token: string;
  /** Of the route to flink-medic, instead of what is shipped: `group_interval` and the like. */
  readonly route?: Readonly<Record<string, string>>;
  /** Beside the shipped ones. */
  readonly inhibitRules?: readonly object[];
}

export interface AlertingOptions extends Omit<AlertmanagerOptions, 'program' | 'webhook'> {
  readonly programs: { readonly prometheus: string; readonly alertmanager: string };
  /** `host:port` of flink-medic. */
  readonly medic: string;
  /** Where alerts are delivered, if not at `medic` itself. */
  readonly webhook?: string;
  /** How many times shorter `for` and `keep_firing_for` are than shipped; 1 unless told. */
  readonly pace?: number;
}

export interface Alerting {
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  stop(): Promise<void>;
}

interface PrometheusConfig {
  readonly global: object;
  readonly rule_files: readonly string[];
}

interface AlertmanagerConfig {
  readonly route: { readonly routes: readonly { readonly receiver: string }[] };
  readonly receivers: readonly { readonly name: string }[];
  readonly inhibit_rules: readonly object[];
}

/** @throws when one of the two does not start */
export async function startAlerting({ programs, medic, pace = 1, ...options }: AlertingOptions): Promise<Alerting> {
  const alertmanager = await startAlertmanager({ webhook: medic, ...options, program: programs.alertmanager });
  try {
    const prometheus = await startPrometheus(programs.prometheus, { medic, alertmanager: alertmanager.address, pace });
    return {
      prometheus,
      alertmanager,
      stop: async () => void (await Promise.all([prometheus.stop(), alertmanager.stop()])),
    };
  } catch (error) {
    await alertmanager.stop();
    throw error;
  }
}

/** The second half of the chain alone. @throws when it does not start */
export function startAlertmanager({
  program,
  webhook,
  token,
  route = {},
  inhibitRules = [],
}: AlertmanagerOptions): Promise<Alertmanager> {
  const shipped = example('alertmanager.yml') as AlertmanagerConfig;
  const receiver = {
    url: `http://${webhook}/api/v1/alertmanager`,
    http_config: { authorization: { credentials_file: 'token' } },
  };
  const config = {
    ...shipped,
    route: {
      ...shipped.route,
      routes: shipped.route.routes.map((one) => (one.receiver === 'flink-medic' ? { ...one, ...route } : one)),
    },
    receivers: shipped.receivers.map((one) =>
      one.name === 'flink-medic' ? { ...one, webhook_configs: [receiver] } : one,
    ),
    inhibit_rules: [...inhibitRules, ...shipped.inhibit_rules],
  };
  return Alertmanager.start(program, config, { token });
}

interface PrometheusOptions {
  readonly medic: string;
  readonly alertmanager: string;
  readonly pace: number;
}

function startPrometheus(program: string, { medic, alertmanager, pace }: PrometheusOptions): Promise<Prometheus> {
  const shipped = example('prometheus.yml') as PrometheusConfig;
  const rules = globSync(shipped.rule_files, { cwd: EXAMPLES }).map(
    (path) => [basename(path), hastened(readFileSync(join(EXAMPLES, path), 'utf8'), pace)] as const,
  );
  const config = {
    ...shipped,
    global: { ...shipped.global, scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: rules.map(([name]) => name),
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: [{ job_name: 'flink-medic', static_configs: [{ targets: [medic] }] }],
  };
  return Prometheus.start(program, config, Object.fromEntries(rules));
}

function example(name: string): unknown {
  return parse(readFileSync(join(EXAMPLES, name), 'utf8'));
}
