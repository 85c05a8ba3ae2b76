/**
 * flink-medic with restarts on, over a fake cluster with a stateful job that fails: what the end-to-end tests of restarts
 * begin with. Time is the test's; requests are real, so time only moves when nothing else does.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { AlertOutcome } from '../../../src/core/restart/alerts.ts';
import type { IncidentStoryResource } from '../../../src/http/incident-resources.ts';
import type { FakeCluster, FakeClusterOptions } from '../../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import type { FakeJobManager } from '../../fake-flink/fake-job-manager.ts';
import { startCluster } from '../support/fake.ts';
import { ManualTime } from '../support/manual-time.ts';
import { RunningMedic, type StartOptions, temporaryFolder } from '../support/medic.ts';
import type { Page } from '../support/page.ts';
import { postMessage, repairWanted, type TestAlert, webhookMessage } from '../support/webhook.ts';

export const TOKEN = 'webhook-token';
const ORDERS_TOKEN = 'orders-token';

export interface RepairOptions {
  readonly flink?: Omit<FakeClusterOptions, 'clock'>;
  /** Archive folders. */
  readonly archives?: readonly string[];
  /** Beside what `configOf` gives. */
  readonly restart?: object;
  readonly policy?: object;
  readonly config?: object;
  readonly medic?: Partial<StartOptions>;
}

/** A configuration with one policy for the job `orders` on cluster `c`. */
export function configOf(
  url: string,
  folder: string,
  { restart = {}, policy = {}, config = {}, archives = [] }: RepairOptions,
): object {
  writeFileSync(join(folder, 'orders.jar'), 'a jar');
  return {
    clusters: [{ name: 'c', jobmanagers: [url], archives }],
    webhook: { authorization: { credentials: TOKEN } },
    api: { authorization: { credentials: ORDERS_TOKEN } },
    restart: {
      mode: 'on',
      ...restart,
      policies: [
        {
          name: 'orders',
          match: { flink_cluster: 'c', job_name: 'orders' },
          driver: {
            flink_rest: { jar: join(folder, 'orders.jar'), args: ['--name', 'orders'], submit_timeout: '30s' },
          },
          ...policy,
        },
      ],
    },
    ...config,
  };
}

export class Repair {
  /** Another one after `restartMedic`. */
  medic: RunningMedic;
  readonly cluster: FakeCluster;
  readonly jobManager: FakeJobManager;
  /** Where checkpoints lie. */
  readonly folder: string;

  private constructor(medic: RunningMedic, cluster: FakeCluster, jobManager: FakeJobManager, folder: string) {
    this.medic = medic;
    this.cluster = cluster;
    this.jobManager = jobManager;
    this.folder = folder;
  }

  static async start(options: RepairOptions = {}): Promise<Repair> {
    const folder = temporaryFolder();
    const time = options.medic?.time ?? new ManualTime();
    const { cluster, jobManager } = await startCluster({ ...options.flink, clock: time.manual });
    const medic = await RunningMedic.start({
      config: configOf(jobManager.baseUrl, folder, options),
      time,
      ...options.medic,
    });
    return new Repair(medic, cluster, jobManager, folder);
  }

  /** Makes a checkpoint folder as Flink leaves it. */
  checkpoint(jobId: string, id: number): string {
    const path = join(this.folder, 'checkpoints', jobId, `chk-${String(id)}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, '_metadata'), '');
    return path;
  }

  /** Moves time, a second at a step, until something is so. */
  async until<T>(
    what: string,
    look: () => Promise<T | undefined | false> | T | undefined | false,
    withinMs = 300_000,
  ): Promise<T> {
    const end = this.medic.time.manual.now() + withinMs;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (this.medic.time.manual.now() >= end) throw new Error(`${what}: not within ${String(withinMs / 1000)} s`);
      await this.medic.advance(1_000);
      // Real requests that no loop waits for (looks, submissions) get their turn.
      do await sleep(3);
      while (process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq')));
    }
  }

  page(): Promise<Page> {
    return this.medic.page();
  }

  /** A stateful job that has run for a while and completed checkpoint 1, and is known. */
  async running(name = 'orders'): Promise<FakeJob> {
    const job = this.cluster.submit({ name, checkpointing: { intervalMs: 1_000 } }).run();
    job.completeCheckpoint({ path: this.checkpoint(job.jobId, 1) });
    await this.medic.advance(20_000);
    return job;
  }

  /** Such a job that has FAILED, which is known. */
  async failed(name = 'orders'): Promise<FakeJob> {
    const job = (await this.running(name)).fail();
    await this.medic.advance(10_000);
    return job;
  }

  /** Alertmanager says that a run wants to be brought back. */
  alert(job: FakeJob, alert: Omit<TestAlert, 'labels'> = {}): Promise<Partial<AlertOutcome>> {
    return this.alertOf(repairWanted('c', job.name, job.jobId), alert);
  }

  async alertOf(labels: TestAlert['labels'], alert: Omit<TestAlert, 'labels'> = {}): Promise<Partial<AlertOutcome>> {
    const message = webhookMessage([{ labels, startsAt: this.medic.time.manual.now(), ...alert }]);
    const { status, text } = await postMessage(this.medic.url, TOKEN, message);
    if (status !== 202) throw new Error(`the webhook answered ${String(status)}: ${text}`);
    const [outcome = {}] = (JSON.parse(text) as { alerts: AlertOutcome[] }).alerts;
    return outcome;
  }

  /** A person orders something. */
  async order(path: string, body: object = {}): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.medic.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ORDERS_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  /** An incident with its story. */
  async incident(id = 1): Promise<IncidentStoryResource> {
    return (await this.medic.json<{ incident: IncidentStoryResource }>(`/api/v1/incidents/${String(id)}`)).incident;
  }

  /** Moves time until the incident says so; fails with its story. */
  async untilIncident(
    looks: Partial<Pick<IncidentStoryResource, 'state' | 'reason'>>,
    { id = 1, withinMs = 300_000 } = {},
  ): Promise<IncidentStoryResource> {
    let seen: IncidentStoryResource | undefined;
    const isSo = async (): Promise<boolean> => {
      // The watchdog opens it when the end is seen.
      if ((await this.medic.get(`/api/v1/incidents/${String(id)}`)).status === 404) return false;
      seen = await this.incident(id);
      return Object.entries(looks).every(([key, value]) => seen?.[key as 'state' | 'reason'] === value);
    };
    await this.until(`incident ${JSON.stringify(looks)}`, isSo, withinMs).catch((error: unknown) => {
      const story = JSON.stringify([seen?.state, seen?.reason, seen?.detail, seen?.events], undefined, 1);
      throw new Error(`${String(error)}; the story is ${story}`);
    });
    return seen ?? this.incident(id);
  }

  /** What was decided, in this process, and the state of the newest incidents, as the metrics tell it. */
  async told(): Promise<string[]> {
    const page = await this.page();
    const lines = page.lines(['flink_medic_restart_decisions_total', 'flink_medic_incident']);
    return lines.filter((line) => !line.endsWith(' 0'));
  }

  /** What is in its configuration file now. */
  config(): { readonly clusters: readonly object[]; readonly restart: { readonly policies: readonly object[] } } {
    return JSON.parse(readFileSync(this.medic.configFile, 'utf8')) as ReturnType<Repair['config']>;
  }

  /** flink-medic is away for a while; what is in its ledger and in its configuration file stays. */
  async restartMedic(awayMs = 0, storagePath = this.medic.storagePath): Promise<void> {
    const { time } = this.medic;
    const config = this.config();
    await this.medic.stop();
    time.manual.advance(awayMs);
    await this.startMedic({ config, time, storagePath });
  }

  /** Another one, after the last was stopped. */
  async startMedic(options: StartOptions): Promise<void> {
    this.medic = await RunningMedic.start(options);
  }
}

export { postMessage, repairWanted, webhookMessage };
