/**
 * The chain from /metrics to the webhook as users get it: a real Prometheus and a real Alertmanager with the shipped rules
 * and the configurations of examples/; only addresses, the token and how often Prometheus looks are others. Ends with
 * `stop()`. Called by tests and by the demo; so it knows nothing of vitest.
 */

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { Alertmanager } from './alertmanager.ts';
import { Prometheus } from './prometheus.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

export interface AlertingOptions {
  readonly programs: { readonly prometheus: string; readonly alertmanager: string };
  /** `host:port` of flink-medic. */
  readonly medic: string;
  /** Of its webhook. */
  readonly token: string;
  /** Of the route to flink-medic, instead of what is shipped: `group_interval` and the like. */
  readonly route?: Readonly<Record<string, string>>;
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
}

/** @throws when one of the two does not start */
export async function startAlerting({ programs, medic, token, route = {} }: AlertingOptions): Promise<Alerting> {
  const shipped = example('alertmanager.yml') as AlertmanagerConfig;
  const webhook = {
    url: `http://${medic}/api/v1/alertmanager`,
    http_config: { authorization: { credentials_file: 'token' } },
  };
  const alertmanager = await Alertmanager.start(
    programs.alertmanager,
    {
      ...shipped,
      route: {
        ...shipped.route,
        routes: shipped.route.routes.map((one) => (one.receiver === 'flink-medic' ? { ...one, ...route } : one)),
      },
      receivers: shipped.receivers.map((one) =>
        one.name === 'flink-medic' ? { ...one, webhook_configs: [webhook] } : one,
      ),
    },
    { token },
  );
  try {
    const prometheus = await startPrometheus(programs.prometheus, medic, alertmanager.address);
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

function startPrometheus(program: string, medic: string, alertmanager: string): Promise<Prometheus> {
  const shipped = example('prometheus.yml') as PrometheusConfig;
  const rules = globSync(shipped.rule_files, { cwd: EXAMPLES }).map(
    (path) => [basename(path), readFileSync(join(EXAMPLES, path), 'utf8')] as const,
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
