/**
 * The whole program in process, watching real clusters with short intervals. Tests read what Prometheus would read. Used
 * by the tests of this folder only.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Medic } from '../../../src/app/medic.ts';
import { FolderThreads } from '../../../src/archive/folder-threads.ts';
import { systemClock, systemTimers } from '../../../src/app/system-time.ts';
import { until } from '../../real-flink/until.ts';

export interface WatchedCluster {
  readonly name: string;
  readonly jobmanagers: readonly string[];
  /** Left out: found through the JobManager. */
  readonly archives?: readonly string[];
  readonly history_server?: string;
  readonly expected_jobs?: readonly string[];
}

export class WatchingMedic {
  readonly #folder = mkdtempSync(join(tmpdir(), 'flink-medic-watching-'));
  readonly #clusters: readonly WatchedCluster[];
  readonly #graceSeconds: number;
  #medic: Medic | undefined;
  #url = '';

  constructor(clusters: readonly WatchedCluster[], graceSeconds = 60) {
    this.#clusters = clusters;
    this.#graceSeconds = graceSeconds;
  }

  get url(): string {
    return this.#url;
  }

  /** Starts it on the ledger that it had before. */
  async start(): Promise<this> {
    const configFile = join(this.#folder, 'flink-medic.yml');
    const settings = {
      observe: { interval: '1s', timeout: '1s', grace: `${this.#graceSeconds}s` },
      archives: { scan_interval: '1s' },
      clusters: this.#clusters,
    };
    // JSON is YAML.
    writeFileSync(configFile, JSON.stringify(settings));
    this.#medic = new Medic({
      configFile,
      storagePath: join(this.#folder, 'data'),
      listenAddresses: ['127.0.0.1:0'],
      archiveFolders: new FolderThreads(systemTimers),
      systemdSocket: false,
      telemetryPath: '/metrics',
      routePrefix: '',
      enableLifecycle: false,
      env: {},
      clock: systemClock,
      timers: systemTimers,
      log: pino({ level: 'silent' }),
    });
    const [address] = await this.#medic.start();
    this.#url = `http://${address}`;
    return this;
  }

  /** Stops it; the ledger stays. */
  async stop(): Promise<void> {
    await this.#medic?.stop();
    this.#medic = undefined;
  }

  /** Stops it for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The sample lines of a page. */
  async lines(): Promise<string[]> {
    const response = await fetch(`${this.#url}/metrics`);
    const text = await response.text();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  /** As `linesOfJob` takes them from a page. */
  async linesOf(jobId: string): Promise<string[]> {
    return linesOfJob(await this.lines(), jobId);
  }

  /** The value of one sample, given as `linesOf` shows it up to the value; undefined while there is none. */
  async value(jobId: string, sample: string): Promise<number | undefined> {
    const line = (await this.linesOf(jobId)).find((each) => each.startsWith(`${sample} `));
    return line === undefined ? undefined : Number(line.slice(sample.length + 1));
  }

  /** Waits until the page has this line of a job. */
  async untilLine(jobId: string, line: string, within = 60_000): Promise<void> {
    await until(`line ${line}`, async () => (await this.linesOf(jobId)).includes(line), { within }).catch(
      async (error: unknown) => {
        throw new Error(`${String(error)}; there is\n${(await this.linesOf(jobId)).join('\n')}`);
      },
    );
  }

  /** Waits until the page has this whole line. */
  async untilPageHas(line: string, within = 60_000): Promise<void> {
    await until(`line ${line}`, async () => (await this.lines()).includes(line), { within });
  }
}

/** The sample lines of one job, sorted, without `flink_cluster`, `job_id` and `job_name`. */
export function linesOfJob(page: readonly string[], jobId: string): string[] {
  return page
    .filter((line) => line.includes(`job_id="${jobId}"`))
    .map(shorten)
    .toSorted();
}

/** `flink_job_status{flink_cluster="c",job_id="…",job_name="n",state="RUNNING"} 1` → `flink_job_status{state="RUNNING"} 1` */
function shorten(line: string): string {
  return line.replace(/\{flink_cluster="[^"]*",job_id="[^"]*",job_name="[^"]*",?([^}]*)\}/, (_all, own: string) =>
    own === '' ? '' : `{${own}}`,
  );
}
