/**
 * flink-medic as a process of its own that brings jobs back on real clusters: started, killed and started again on its
 * ledger, on an older copy of it or on none. Lives in a sandbox, which ends it. Used by the tests beside this folder.
 */

import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../../real-flink/ports.ts';
import type { Process } from '../../../real-flink/process.ts';
import { Sandbox } from '../../../real-flink/sandbox.ts';
import { until } from '../../../real-flink/until.ts';
import type {
  ExplanationResource,
  IncidentResource,
  IncidentStoryResource,
} from '../../../../src/http/incident-resources.ts';
import type { ExplainedRunResource } from '../../../../src/http/resources.ts';
import type { Launch } from '../../support/medic-process.ts';
import { postAlert, repairWanted } from '../../support/webhook.ts';

const MAIN = join(import.meta.dirname, '../../../../src/main.ts');
const CLOCK_HOOK = fileURLToPath(new URL('clock-hook.mjs', import.meta.url));

export const TOKEN = 'webhook-token';

export class RepairingMedic {
  /** `host:port`, the same for every start. */
  readonly address: string;
  readonly folder: string;
  readonly #sandbox: Sandbox;
  readonly #jobManager: string;
  #process: Process | undefined;
  #starts = 0;

  private constructor(sandbox: Sandbox, jobManager: string, port: number) {
    this.#sandbox = sandbox;
    this.#jobManager = jobManager;
    this.folder = sandbox.directory;
    this.address = `127.0.0.1:${port}`;
  }

  /** @param jobManager the URL of the cluster that it watches as "prod" */
  static async prepare(jobManager: string, policies: readonly object[]): Promise<RepairingMedic> {
    const medic = new RepairingMedic(new Sandbox('repairing'), jobManager, (await freePorts(1))());
    medic.configure(policies);
    return medic;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** Counts from the next start. */
  configure(policies: readonly object[]): void {
    const config = {
      observe: { interval: '1s' },
      archives: { scan_interval: '1s' },
      clusters: [{ name: 'prod', jobmanagers: [this.#jobManager] }],
      webhook: { authorization: { credentials: TOKEN } },
      // Many jobs fail at once in a test.
      restart: { mode: 'on', max_concurrent: 8, breaker: { min_jobs: 100 }, policies },
    };
    // JSON is YAML.
    writeFileSync(join(this.folder, 'flink-medic.yml'), JSON.stringify(config));
  }

  /** Starts it on the ledger that it had before. */
  async start({ node = [], env = {} }: Launch = {}): Promise<void> {
    this.#starts += 1;
    const flags = ['--config.file=flink-medic.yml', '--storage.path=data', `--web.listen-address=${this.address}`];
    const started = this.#sandbox.run(`flink-medic-${String(this.#starts)}`, {
      program: process.execPath,
      args: ['--no-warnings', ...node, MAIN, 'serve', ...flags],
      environment: env,
      directory: this.folder,
    });
    this.#process = started;
    await until('flink-medic that is ready', async () => {
      started.mustRun();
      return fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  /** Starts it with a clock that is so much ahead. */
  async startLater(aheadMs: number): Promise<void> {
    await this.start({ node: ['--import', CLOCK_HOOK], env: { CLOCK_AHEAD_MS: String(aheadMs) } });
  }

  /** Waits until it has ended by itself. */
  async untilEnded(): Promise<void> {
    await until('end of flink-medic', () => this.#process?.running === false);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#process?.kill(signal);
  }

  /** Stops it, so that the ledger is at rest, and keeps a copy of it. */
  async backUp(): Promise<void> {
    await this.kill('SIGTERM');
    cpSync(this.#file('data'), this.#file('backup'), { recursive: true });
  }

  /** While it does not run. */
  loseLedger(): void {
    rmSync(this.#file('data'), { recursive: true });
  }

  /** Puts the copy in the place of the ledger; while it does not run. */
  restoreLedger(): void {
    this.loseLedger();
    cpSync(this.#file('backup'), this.#file('data'), { recursive: true });
  }

  /** Posts the alert about a run. @returns the answer */
  async tell(name: string, jobId: string): Promise<string> {
    const { status, text } = await postAlert(this.url, TOKEN, { labels: repairWanted('prod', name, jobId) });
    if (status !== 202) throw new Error(`the webhook answered ${String(status)}: ${text}`);
    return text;
  }

  /** The incident of a run, with its story. */
  async incidentOf(jobId: string): Promise<IncidentStoryResource | undefined> {
    const { incidents } = (await this.#get('/api/v1/incidents')) as { incidents: IncidentResource[] };
    const found = incidents.find(({ job_id: id }) => id === jobId);
    if (found === undefined) return undefined;
    return ((await this.#get(`/api/v1/incidents/${String(found.id)}`)) as { incident: IncidentStoryResource }).incident;
  }

  async untilIncident(
    jobId: string,
    what: string,
    isSo: (incident: IncidentStoryResource) => boolean,
  ): Promise<IncidentStoryResource> {
    let last: IncidentStoryResource | undefined;
    return until(
      `incident of ${jobId} that is ${what}`,
      async () => {
        last = await this.incidentOf(jobId);
        return last !== undefined && isSo(last) && last;
      },
      { within: 90_000, every: 200 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is\n${JSON.stringify(last, undefined, 2)}\n${this.log()}`);
    });
  }

  /** Waits until the incident of a run is closed. */
  untilClosed(jobId: string): Promise<IncidentStoryResource> {
    return this.untilIncident(jobId, 'closed', ({ closed }) => closed !== undefined);
  }

  /** What is known of a job, and what would happen to it now. */
  async explain(job: string): Promise<Explained> {
    return (await this.#get(`/api/v1/explain/prod/${job}`)) as Explained;
  }

  /** Waits until it has this status of a run. */
  async untilSeen(jobId: string, status: string): Promise<void> {
    const line = new RegExp(`^flink_job_status\\{.*job_id="${jobId}".*state="${status}".*\\} 1$`, 'm');
    await until(`${status} of ${jobId}`, async () => line.test(await this.metrics()));
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** The end of what it wrote. */
  log(): string {
    return this.#sandbox.logs(20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandbox.stop();
  }

  #file(name: string): string {
    return join(this.folder, name);
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(this.url + path);
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
    return response.json();
  }
}

interface Explained {
  readonly runs: readonly ExplainedRunResource[];
  readonly restart?: ExplanationResource;
}
