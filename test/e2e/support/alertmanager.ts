/** Debian's Alertmanager as a real process on loopback, alone in its cluster. Ends with `stop()`. Also for the demo. */

import { request } from 'undici';
import { startWebProgram, type WebProgram } from './web-program.ts';

/** `GET /api/v2/alerts`, as far as anybody here asks. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    /** Fingerprints of alerts that mute it. */
    readonly inhibitedBy: readonly string[];
  };
}

export class Alertmanager {
  readonly #program: WebProgram;

  private constructor(program: WebProgram) {
    this.#program = program;
  }

  /** @param config its configuration file; relative paths in it are relative to `files`, which are written beside it */
  static async start(
    program: string,
    config: object,
    files: Readonly<Record<string, string>> = {},
  ): Promise<Alertmanager> {
    return new Alertmanager(
      await startWebProgram({
        name: 'alertmanager',
        program,
        // JSON is YAML.
        files: { ...files, 'alertmanager.yml': JSON.stringify(config) },
        // No cluster, and so no second port.
        flags: ['--config.file=alertmanager.yml', '--storage.path=data', '--cluster.listen-address='],
      }),
    );
  }

  /** `host:port`, as a Prometheus wants it. */
  get address(): string {
    return this.#program.address;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** Debian's has no pages, and this everybody has. */
  get alertsUrl(): string {
    return `${this.url}/api/v2/alerts`;
  }

  /** Alerts that have not resolved, silenced and inhibited ones too. */
  async alerts(): Promise<readonly ActiveAlert[]> {
    const { body } = await request(this.alertsUrl);
    return (await body.json()) as ActiveAlert[];
  }

  /** Raises alerts as a Prometheus would: `POST /api/v2/alerts`. They resolve by themselves after `resolve_timeout`. */
  async raise(alerts: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const { statusCode, body } = await request(this.alertsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    });
    const answer = await body.text();
    if (statusCode !== 200) throw new Error(`Alertmanager answered ${statusCode}: ${answer}`);
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
