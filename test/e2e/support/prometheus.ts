/** Debian's Prometheus as a real process on loopback: started with a configuration, asked over its API, killed by pid. Also for the demo. */

import { request } from 'undici';
import { startWebProgram, type WebProgram } from './web-program.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly scrapePool: string;
}

/** `GET /api/v1/alerts` */
export interface PendingAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
}

export class Prometheus {
  readonly url: string;
  readonly #program: WebProgram;

  private constructor(program: WebProgram) {
    this.#program = program;
    this.url = `http://${program.address}`;
  }

  /** @param config its configuration file; relative paths in it are relative to `files`, which are written beside it */
  static async start(program: string, config: object, files: Readonly<Record<string, string>>): Promise<Prometheus> {
    return new Prometheus(
      await startWebProgram({
        name: 'prometheus',
        program,
        // JSON is YAML.
        files: { ...files, 'prometheus.yml': JSON.stringify(config) },
        flags: ['--config.file=prometheus.yml', '--storage.tsdb.path=data'],
      }),
    );
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

  /** Alerts that its rules raise now. */
  async alerts(): Promise<readonly PendingAlert[]> {
    const { data } = await this.#get<{ data: { alerts: PendingAlert[] } }>('/api/v1/alerts');
    return data.alerts;
  }

  /** URL of its page of alerts: Debian's has the classic pages only. */
  async alertsPage(): Promise<string> {
    const { statusCode, body } = await request(`${this.url}/alerts`);
    await body.dump();
    return `${this.url}${statusCode === 404 ? '/classic/alerts' : '/alerts'}`;
  }

  /** What it logged as a warning or worse. */
  complaints(): string[] {
    const lines = this.#program.process.log().split('\n');
    return lines.filter(
      (line) => /level=(warn|error)/.test(line) || /duplicate|out.of.order|Append failed/i.test(line),
    );
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  async #get<T>(path: string): Promise<T> {
    const { body } = await request(`${this.url}${path}`);
    return (await body.json()) as T;
  }
}
