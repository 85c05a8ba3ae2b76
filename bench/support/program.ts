/** The program as its users run it, `dist/main.js serve` in a process of its own. The benchmarks that need one call it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { until } from '../../test/real-flink/until.ts';

/** Of the image and the systemd unit. */
const NODE_OPTIONS = ['--max-semi-space-size=16'];
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

interface LogLine {
  /** Milliseconds since the epoch, or as text. */
  readonly time: number | string;
  readonly msg: string;
  readonly address?: string;
}

export class Program {
  /** Just before it was started; milliseconds since the epoch. */
  readonly startedAt = Date.now();
  readonly #child: ChildProcess;
  readonly #log: LogLine[] = [];

  /** @param directory takes the configuration and the ledger; a second start in it continues the first */
  constructor(directory: string, config: object) {
    const file = join(directory, 'flink-medic.yml');
    writeFileSync(file, JSON.stringify(config));
    const flags = [`--config.file=${file}`, `--storage.path=${join(directory, 'data')}`, '--log.format=json'];
    this.#child = spawn(
      process.execPath,
      [...NODE_OPTIONS, MAIN, 'serve', '--web.listen-address=127.0.0.1:0', ...flags],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const { stdout } = this.#child;
    if (stdout !== null) createInterface(stdout).on('line', (line) => this.#log.push(JSON.parse(line) as LogLine));
  }

  /** When it first logged this; milliseconds since the epoch. */
  async loggedAt(message: string): Promise<number> {
    return new Date((await this.#logged(message)).time).getTime();
  }

  /** `host:port` */
  async address(): Promise<string> {
    return (await this.#logged('listening')).address ?? '';
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { statusCode, body } = await request(`http://${await this.address()}${path}`);
    return { status: statusCode, text: await body.text() };
  }

  /** As Prometheus asks, with gzip; `sent` are the bytes on the wire. @throws for another answer than 200 */
  async scrape(path = '/metrics'): Promise<{ readonly text: string; readonly ms: number; readonly sent: number }> {
    const address = await this.address();
    const startedAt = performance.now();
    const { statusCode, headers, body } = await request(`http://${address}${path}`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    const ms = performance.now() - startedAt;
    const text = String(headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes);
    if (statusCode !== 200) throw new Error(`${path} answered ${String(statusCode)}: ${text.slice(0, 500)}`);
    return { text, ms, sent: bytes.length };
  }

  /** Resident now, in MiB. */
  memory(): number {
    return this.#memory('VmRSS');
  }

  /** The most memory that it ever had resident, in MiB. */
  peakMemory(): number {
    return this.#memory('VmHWM');
  }

  async stop(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
  }

  #memory(field: string): number {
    const status = readFileSync(`/proc/${String(this.#child.pid)}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  }

  #logged(message: string): Promise<LogLine> {
    const find = (): LogLine | undefined => {
      if (this.#child.exitCode !== null) throw new Error(`the program ended:\n${JSON.stringify(this.#log)}`);
      return this.#log.find(({ msg }) => msg === message);
    };
    return until(`log line "${message}"`, find, { every: 1 });
  }
}
