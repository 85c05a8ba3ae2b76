/**
 * Starts the whole program in process, on a free port of loopback and a folder of its own, and drives its time: its loops
 * only run when the test moves the clock. What a test reads is what a scraper reads. Everything ends with the test.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dispatcher, request } from 'undici';
import { onTestFinished } from 'vitest';
import { Medic } from '../../../src/app/medic.ts';
import type { MedicOptions } from '../../../src/app/options.ts';
import { makeLogger } from '../../../src/cli/logger.ts';
import type { ClusterResource, ExplainedRunResource, RunResource } from '../../../src/http/resources.ts';
import { InProcessFolders } from '../../archive/in-process-folders.ts';
import { until } from '../../real-flink/until.ts';
import { LoopTimers } from './loop-timers.ts';
import { ManualTime } from './manual-time.ts';
import { Page } from './page.ts';

export interface StartOptions extends Partial<Omit<MedicOptions, 'configFile'>> {
  /** The configuration file; written as JSON, which is YAML. Without one there is no file. */
  readonly config?: object;
  readonly time?: ManualTime;
  /** How its own requests are sent, where a web configuration asks for more. */
  readonly client?: Client;
  /** False: return as soon as it listens, with its first observations under way. */
  readonly waitUntilIdle?: boolean;
}

export interface Client {
  /** With it the requests go over TLS. */
  readonly dispatcher?: Dispatcher;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A folder that is gone when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class RunningMedic {
  readonly time: ManualTime;
  readonly url: string;
  readonly configFile: string;
  readonly storagePath: string;
  /** What it logged, as JSON objects. */
  readonly log: readonly Record<string, unknown>[];
  readonly #medic: Medic;
  readonly #loops: LoopTimers;
  readonly #client: Client;
  readonly #ownLoops: number;

  private constructor(medic: Medic, url: string, parts: Parts) {
    this.#medic = medic;
    this.url = url;
    this.time = parts.time;
    this.configFile = parts.configFile;
    this.storagePath = parts.storagePath;
    this.log = parts.log;
    this.#loops = parts.loops;
    this.#client = parts.client;
    this.#ownLoops = parts.ownLoops;
  }

  static async start({ config, client = {}, waitUntilIdle = true, ...options }: StartOptions): Promise<RunningMedic> {
    const { time = new ManualTime(), storagePath = temporaryFolder() } = options;
    const configFile = join(temporaryFolder(), 'flink-medic.yml');
    if (config !== undefined) writeFileSync(configFile, JSON.stringify(config));
    const log: Record<string, unknown>[] = [];
    const write = (line: string): void => void log.push(JSON.parse(line) as Record<string, unknown>);
    const loops = new LoopTimers(time);
    const medic = new Medic({
      listenAddresses: ['127.0.0.1:0'],
      systemdSocket: false,
      telemetryPath: '/metrics',
      routePrefix: '',
      enableLifecycle: true,
      env: {},
      archiveFolders: new InProcessFolders(),
      clock: time.clock,
      log: makeLogger({ level: 'debug', format: 'json', write }),
      ...options,
      timers: loops,
      ...(config === undefined ? {} : { configFile }),
      storagePath,
    });
    onTestFinished(() => medic.stop());
    const [address = ''] = await medic.start();
    const scheme = client.dispatcher === undefined ? 'http' : 'https';
    const url = `${scheme}://${address}${options.routePrefix ?? ''}`;
    const ownLoops = options.webConfigFile === undefined ? 3 : 4;
    const running = new RunningMedic(medic, url, { time, configFile, storagePath, log, loops, client, ownLoops });
    if (waitUntilIdle) await running.idle();
    return running;
  }

  /** The address that a second start gives. */
  async startAgain(): Promise<string | undefined> {
    return (await this.#medic.start())[0];
  }

  stop(): Promise<void> {
    return this.#medic.stop();
  }

  reload(): Promise<void> {
    return this.#medic.reload();
  }

  /** Writes another configuration, without a reload. */
  configure(config: object): void {
    writeFileSync(this.configFile, JSON.stringify(config));
  }

  /** Lets so much time pass: loops that are due in it run, one after the other. */
  async advance(ms: number): Promise<void> {
    const end = this.time.manual.now() + ms;
    while (this.time.fireNext(end)) await this.idle();
    this.time.manual.advance(end - this.time.manual.now());
  }

  /** Waits until every loop has ended its round and waits for its next one. */
  async idle(): Promise<void> {
    await until('loop at rest', async () => this.#loops.waiting >= (await this.#loopCount()), {
      within: 15_000,
      every: 2,
    });
  }

  /** As `idle`, for who knows how many loops there are: asks nothing, so it is quick. */
  resting(loops: number): Promise<void> {
    return this.#loops.resting(loops);
  }

  async ask(
    method: Dispatcher.HttpMethod,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const options = { ...this.#client, method, headers: { ...this.#client.headers, ...headers } };
    const answer = await request(`${this.url}${path}`, options);
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.ask('GET', path, headers);
  }

  async json<T>(path: string): Promise<T> {
    const { status, text } = await this.get(path);
    if (status !== 200) throw new Error(`${path} answered ${String(status)}: ${text}`);
    return JSON.parse(text) as T;
  }

  async page(path = '/metrics'): Promise<Page> {
    return new Page((await this.get(path)).text);
  }

  async clusters(): Promise<readonly ClusterResource[]> {
    return (await this.json<{ clusters: ClusterResource[] }>('/api/v1/clusters')).clusters;
  }

  async jobs(): Promise<readonly RunResource[]> {
    return (await this.json<{ jobs: RunResource[] }>('/api/v1/jobs')).jobs;
  }

  /** Final status and source of a job, or its state and the reason for that. */
  async verdict(name: string): Promise<string> {
    const [job] = (await this.jobs()).filter(({ job_name }) => job_name === name);
    return `${job?.state ?? 'none'} ${job?.source ?? job?.reason ?? ''}`.trim();
  }

  async explain(cluster: string, job: string): Promise<readonly ExplainedRunResource[]> {
    return (await this.json<{ runs: ExplainedRunResource[] }>(`/api/v1/explain/${cluster}/${job}`)).runs;
  }

  /** Those of the program, and one for each cluster with JobManagers and each archive folder. */
  async #loopCount(): Promise<number> {
    if ((await this.get('/-/ready')).text.includes('the first ')) return Number.NaN;
    const clusters = await this.clusters();
    const folders = new Set(clusters.flatMap(({ archives }) => archives.map(({ archive }) => archive)));
    return this.#ownLoops + clusters.filter(({ jobmanagers }) => jobmanagers.length > 0).length + folders.size;
  }
}

interface Parts {
  readonly time: ManualTime;
  readonly configFile: string;
  readonly storagePath: string;
  readonly log: readonly Record<string, unknown>[];
  readonly loops: LoopTimers;
  readonly client: Client;
  /** One each for the retention, the restart worker and the notifier, and one for a web configuration. */
  readonly ownLoops: number;
}
