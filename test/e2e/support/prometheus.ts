/** Debian's Prometheus as a real process on loopback: started with a configuration, asked over its API, killed by pid. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { freePorts } from '../../real-flink/ports.ts';
import type { Process } from '../../real-flink/process.ts';
import { Sandbox } from '../../real-flink/sandbox.ts';
import { until } from '../../real-flink/until.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly scrapePool: string;
}

export class Prometheus {
  readonly #process: Process;
  readonly #url: string;
  readonly #sandbox: Sandbox;

  private constructor(process: Process, url: string, sandbox: Sandbox) {
    this.#process = process;
    this.#url = url;
    this.#sandbox = sandbox;
  }

  /** @param config its configuration file; relative paths in it are relative to `files`, which are written beside it */
  static async start(program: string, config: object, files: Readonly<Record<string, string>>): Promise<Prometheus> {
    const sandbox = new Sandbox('prometheus');
    const directory = sandbox.folder('prometheus');
    // JSON is YAML.
    const all = { ...files, 'prometheus.yml': JSON.stringify(config) };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text);
    const address = `127.0.0.1:${String((await freePorts(1))())}`;
    const args = [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=${address}`,
      '--log.level=debug',
    ];
    const process = sandbox.run('prometheus', { program, args, directory });
    const prometheus = new Prometheus(process, `http://${address}`, sandbox);
    await until('ready Prometheus', () => prometheus.#isReady());
    return prometheus;
  }

  /** The newest value of every series that a PromQL selector finds, without its metric name where that is not a label. */
  async query(promql: string): Promise<Series[]> {
    const { data } = await this.#get<{
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    }>(`/api/v1/query?query=${encodeURIComponent(promql)}`);
    return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value }));
  }

  async targets(): Promise<readonly Target[]> {
    const { data } = await this.#get<{ data: { activeTargets: Target[] } }>('/api/v1/targets?state=active');
    return data.activeTargets;
  }

  /** What it logged as a warning or worse. */
  complaints(): string[] {
    const lines = this.#process.log().split('\n');
    return lines.filter(
      (line) => /level=(warn|error)/.test(line) || /duplicate|out.of.order|Append failed/i.test(line),
    );
  }

  stop(): Promise<void> {
    return this.#sandbox.stop();
  }

  async #isReady(): Promise<boolean> {
    this.#process.mustRun();
    const status = await request(`${this.#url}/-/ready`).then(
      async ({ statusCode, body }) => (await body.dump(), statusCode),
      () => 0,
    );
    return status === 200;
  }

  async #get<T>(path: string): Promise<T> {
    const { body } = await request(`${this.#url}${path}`);
    return (await body.json()) as T;
  }
}
