/** The program as its users run it, `dist/main.js serve` in a process of its own. The benchmarks that need one call it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type Dispatcher, request } from 'undici';

/** Of the image and the systemd unit. */
const ENVIRONMENT = {
  NODE_OPTIONS: '--max-semi-space-size=8',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '262144',
};
/** Lines of its output that are shown when it ends by itself. */
const LAST_WORDS = 20;
/** For a line of its log. */
const PATIENCE_MS = 60_000;
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

interface LogLine {
  /** Milliseconds since the epoch, or as text. */
  readonly time: number | string;
  readonly msg: string;
  readonly address?: string;
}

interface Answer extends Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'> {
  readonly body: Buffer;
  /** From the request until all of it had arrived. */
  readonly ms: number;
}

export class Program {
  /** Just before it was started; milliseconds since the epoch. */
  readonly startedAt = Date.now();
  readonly #child: ChildProcess;
  readonly #log: LogLine[] = [];
  /** `line` after each of its log, and at its end. */
  readonly #news = new EventEmitter();
  /** The last lines of its output, also of what is no log. */
  #lastWords: readonly string[] = [];

  /** @param directory takes the configuration and the ledger; a second start in it continues the first */
  constructor(directory: string, config: object) {
    const file = join(directory, 'flink-medic.yml');
    writeFileSync(file, JSON.stringify(config));
    const flags = [`--config.file=${file}`, `--storage.path=${join(directory, 'data')}`, '--log.format=json'];
    const child = spawn(process.execPath, [MAIN, 'serve', '--web.listen-address=127.0.0.1:0', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...ENVIRONMENT },
    });
    createInterface(child.stdout).on('line', (line) => {
      this.#hear(line);
      this.#log.push(JSON.parse(line) as LogLine);
      this.#news.emit('line');
    });
    createInterface(child.stderr).on('line', (line) => this.#hear(line));
    // A benchmark also ends by what nobody catches, as when its own output is closed.
    const end = (): boolean => child.kill();
    process.once('exit', end);
    child.once('exit', () => {
      process.off('exit', end);
      this.#news.emit('line');
    });
    this.#child = child;
  }

  /** When it first logged this; milliseconds since the epoch. */
  async loggedAt(message: string): Promise<number> {
    return new Date((await this.#logged(message)).time).getTime();
  }

  /** `host:port` */
  async address(): Promise<string> {
    return (await this.#logged('listening')).address ?? '';
  }

  /** Returns when every cluster was observed and every folder scanned. @throws what became of it, when it ended before */
  async ready(): Promise<void> {
    for (;;) {
      // While hundreds of clusters begin, a request can wait for longer than the server lets it.
      const answer = await this.get('/-/ready').catch(() => this.#mustLive());
      if (answer?.status === 200) return;
      await setTimeout(500);
    }
  }

  /** @throws what became of the program, when it ended */
  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { statusCode, body } = await this.#request(path);
    return { status: statusCode, text: String(body) };
  }

  /** As Prometheus asks, with gzip; `sent` are the bytes on the wire. @throws for another answer than 200 */
  async scrape(path = '/metrics'): Promise<{ readonly text: string; readonly ms: number; readonly sent: number }> {
    const { statusCode, headers, body, ms } = await this.#request(path, { 'accept-encoding': 'gzip' });
    const text = String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    if (statusCode !== 200) throw new Error(`${path} answered ${String(statusCode)}: ${text.slice(0, 500)}`);
    return { text, ms, sent: body.length };
  }

  /** Resident now, in MiB. */
  memory(): number {
    return this.#memory('VmRSS');
  }

  /** The most memory that it ever had resident, in MiB. */
  peakMemory(): number {
    return this.#memory('VmHWM');
  }

  /** What its main thread, where the event loop runs, has used of a processor, in milliseconds: other work changes it little. */
  mainThreadMs(): number {
    const pid = String(this.#child.pid);
    // proc_pid_stat(5): the 14th and 15th field, in hundredths of a second; the second, in brackets, may hold spaces.
    const [user = 0, system = 0] =
      readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
    return 10 * (user + system);
  }

  /** Nothing when it has ended already. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
  }

  #memory(field: string): number {
    const status = readFileSync(`/proc/${String(this.#child.pid)}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  }

  async #request(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const url = `http://${await this.address()}${path}`;
    const startedAt = performance.now();
    try {
      const { body, ...head } = await request(url, { headers });
      const bytes = Buffer.from(await body.arrayBuffer());
      return { ...head, body: bytes, ms: performance.now() - startedAt };
    } catch (error) {
      // Its output may come after the end of its connections.
      await setTimeout(100);
      this.#mustLive(error);
      throw new Error(`${path}, ${(performance.now() - startedAt).toFixed(0)} ms after it was asked for`, {
        cause: error,
      });
    }
  }

  /** Sleeps in between: to look again and again would take a part of a processor from what is measured. */
  async #logged(message: string): Promise<LogLine> {
    let patience: AbortSignal | undefined;
    for (;;) {
      this.#mustLive();
      const line = this.#log.find(({ msg }) => msg === message);
      if (line !== undefined) return line;
      patience ??= AbortSignal.timeout(PATIENCE_MS);
      await once(this.#news, 'line', { signal: patience }).catch((cause: unknown) => {
        const words = this.#lastWords.join('\n');
        throw new Error(`no log line "${message}" within ${PATIENCE_MS} ms; the last lines:\n${words}`, { cause });
      });
    }
  }

  #hear(line: string): void {
    this.#lastWords = [...this.#lastWords, line].slice(-LAST_WORDS);
  }

  #mustLive(cause?: unknown): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return;
    const end = signalCode ?? `code ${String(exitCode)}`;
    throw new Error(`the program ended with ${end}; its last lines:\n${this.#lastWords.join('\n')}`, { cause });
  }
}
