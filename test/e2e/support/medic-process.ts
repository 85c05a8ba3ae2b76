/** The real program as a process of its own: what a signal, a kill and an exit code do to it. Ends with the test. */

import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { onTestFinished } from 'vitest';
import { until } from '../../real-flink/until.ts';
import { Page } from './page.ts';

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname;

export interface Launch {
  /** Flags of Node itself. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class MedicProcess {
  /** Lines of its log. */
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  /** Starts `flink-medic serve` on a free port of loopback. */
  constructor(flags: readonly string[], directory: string, { node = [], env = {} }: Launch = {}) {
    const serve = ['serve', '--web.listen-address=127.0.0.1:0', '--log.format=json', ...flags];
    this.#child = spawn(process.execPath, ['--no-warnings', ...node, MAIN, ...serve], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', (line) => this.log.push(line));
    }
    onTestFinished(() => this.end('SIGKILL').then(() => undefined));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end: the exit code, or null when the signal itself ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.exited();
  }

  async exited(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  /** Where it listens, once it says so. */
  async url(): Promise<string> {
    const address = await until(
      'log line "listening"',
      () => {
        if (this.#child.exitCode !== null) throw new Error(`it has ended:\n${this.log.join('\n')}`);
        return this.log.map((line) => /"address":"([^"]+)"/.exec(line)?.[1]).find((found) => found !== undefined);
      },
      { every: 5 },
    );
    return `http://${address}`;
  }

  async page(): Promise<Page> {
    const { body } = await request(`${await this.url()}/metrics`);
    return new Page(await body.text());
  }

  /** The first page that has `line`. */
  pageWith(line: string): Promise<Page> {
    const probe = async (): Promise<Page | undefined> => {
      const page = await this.page();
      return page.text.includes(`${line}\n`) ? page : undefined;
    };
    return until(`line ${line}`, probe, { within: 15_000, every: 20 });
  }
}
