/**
 * flink-medic with restarts on, over a fake cluster with a stateful job that fails: what the end-to-end tests of restarts
 * begin with. Time is the test's; requests are real, so time only moves when nothing else does.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJobManager } from '../../fake-flink/fake-job-manager.ts';
import { startCluster } from '../support/fake.ts';
import { ManualTime } from '../support/manual-time.ts';
import { RunningMedic, type StartOptions, temporaryFolder } from '../support/medic.ts';
import type { Page } from '../support/page.ts';
import { postMessage, repairWanted, webhookMessage } from '../support/webhook.ts';

export const TOKEN = 'webhook-token';
export const ORDERS_TOKEN = 'orders-token';

export interface RepairOptions {
  readonly cluster?: FakeCluster;
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
  { restart = {}, policy = {}, config = {} }: RepairOptions,
): object {
  writeFileSync(join(folder, 'orders.jar'), 'a jar');
  return {
    clusters: [{ name: 'c', jobmanagers: [url], archives: [] }],
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
  readonly medic: RunningMedic;
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
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
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
      await sleep(3);
    }
  }

  page(): Promise<Page> {
    return this.medic.page();
  }
}

export { postMessage, repairWanted, webhookMessage };
