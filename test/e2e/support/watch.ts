/**
 * A real Prometheus that watches flink-medic by the shipped rules and, side by side, by copies of one alert with a mistake
 * in it: a test that sees the rules stay quiet sees in the same seconds what they would have said. Its time series can
 * outlive it, so that it can be started again. Ends with the test.
 */

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { until } from '../../real-flink/until.ts';
import { hastened } from './hastened.ts';
import { temporaryFolder } from './medic.ts';
import { type PendingAlert, Prometheus } from './prometheus.ts';

const ALERTS = join(import.meta.dirname, '../../../alerts');

/** An alert of ours, or of a copy. */
export type RaisedAlert = Pick<PendingAlert, 'labels' | 'state'>;

/** The alert, what stands in it and in the recording rules, and what the copy has instead. */
export type Mistake = readonly [alert: string, text: RegExp, instead: string];

export interface WatchOptions {
  readonly program: string;
  /** `host:port` of each flink-medic. */
  readonly medics: readonly string[];
  /** By a name that may begin that of a metric. */
  readonly mistakes?: Readonly<Record<string, Mistake>>;
  /** How many times shorter `for` and `keep_firing_for` are than shipped; 1 unless told. */
  readonly pace?: number;
  /** Where the time series are; an empty folder unless told. */
  readonly data?: string;
}

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

export class Watch {
  readonly prometheus: Prometheus;

  private constructor(prometheus: Prometheus) {
    this.prometheus = prometheus;
  }

  /** @returns when it is ready, which is before it has scraped. Throws when a mistake is nowhere to be made */
  static async start(options: WatchOptions): Promise<Watch> {
    const { program, medics, mistakes = {}, pace = 1, data = temporaryFolder() } = options;
    const shipped = globSync('*.rules.yml', { cwd: ALERTS }).map(
      (file) => [basename(file), readFileSync(join(ALERTS, file), 'utf8')] as const,
    );
    const copies = Object.entries(mistakes).map(
      ([name, mistake]) => [`${name}.rules.yml`, copyOf(shipped, name, mistake)] as const,
    );
    const rules = [...shipped, ...copies].map(([file, text]) => [file, hastened(text, pace)] as const);
    const prometheus = await Prometheus.start(
      keeping(program, data),
      {
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: rules.map(([file]) => file),
        scrape_configs: [{ job_name: 'flink-medic', static_configs: [{ targets: medics }] }],
      },
      Object.fromEntries(rules),
    );
    onTestFinished(() => prometheus.stop());
    return new Watch(prometheus);
  }

  /** What the shipped rules raise now. */
  async alerts(): Promise<PendingAlert[]> {
    return (await this.prometheus.alerts()).filter(({ labels }) => labels['mistake'] === undefined);
  }

  /** What the copy with a mistake raises now, pending or firing. */
  async alertsOf(mistake: string): Promise<PendingAlert[]> {
    return (await this.prometheus.alerts()).filter(({ labels }) => labels['mistake'] === mistake);
  }

  /** What the shipped rules ever raised, in each state that it was in. */
  async history(): Promise<RaisedAlert[]> {
    const series = await this.prometheus.query('last_over_time(ALERTS{mistake=""}[1h])');
    return series.map(({ labels }) => ({ labels, state: labels['alertstate'] === 'firing' ? 'firing' : 'pending' }));
  }

  /** Returns when everything that the pages of flink-medic say now has been scraped, and judged twice. */
  async judged(): Promise<void> {
    const now = Date.now() / 1_000;
    await until('scrape', async () => {
      const [scraped] = await this.prometheus.query('min(timestamp(up == 1))');
      return Number(scraped?.value) > now;
    });
    await this.evaluated();
    await this.evaluated();
  }

  /** Returns when every rule has been evaluated from now on. */
  async evaluated(): Promise<void> {
    const now = Date.now();
    await until('evaluation', async () => {
      const answer = await fetch(`${this.prometheus.url}/api/v1/rules`);
      const { data } = (await answer.json()) as { data: { groups: { lastEvaluation: string }[] } };
      return data.groups.every(({ lastEvaluation }) => Date.parse(lastEvaluation) > now);
    });
  }

  stop(): Promise<void> {
    return this.prometheus.stop();
  }
}

/** The rule of one alert and all recording rules, under names of their own, without what is only read by people. */
function copyOf(
  files: readonly (readonly [file: string, text: string])[],
  name: string,
  [alert, text, instead]: Mistake,
): string {
  const rules = files
    .flatMap(([, file]) => (parse(file) as RuleFile).groups.flatMap((group) => group.rules))
    .filter((rule) => rule.record !== undefined || rule.alert === alert);
  const expressions = rules.map(({ expr }) => expr);
  const mistaken = expressions.map((expr) => expr.replace(text, instead));
  if (mistaken.join() === expressions.join()) throw new Error(`${name}: ${String(text)} is not in ${alert}`);
  const own = (promql: string): string =>
    promql.replaceAll('flink:', `${name}:`).replaceAll(`alertname="${alert}"`, `alertname="${name}"`);
  const copies = rules.map((rule, index) => ({
    ...rule,
    expr: own(mistaken[index] ?? ''),
    ...(rule.record === undefined
      ? { alert: name, labels: { ...rule.labels, mistake: name }, annotations: {} }
      : { record: own(rule.record) }),
  }));
  return JSON.stringify({ groups: [{ name, rules: copies }] });
}

/** A program that is Prometheus, but whose folder `data` lies outside of the sandbox that ends with it. */
function keeping(program: string, data: string): string {
  const script = join(data, 'prometheus');
  writeFileSync(script, `#!/bin/sh\nln -s '${data}' data && exec '${program}' "$@"\n`, { mode: 0o755 });
  return script;
}
