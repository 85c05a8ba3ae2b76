/** Lets a share of all requests to a fake JobManager fail, each in one of the ways in which requests fail. Keeps counts. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import type { FakeJobManager } from '../../fake-flink/fake-job-manager.ts';
import type { Fault } from '../../fake-flink/faults.ts';
import { startJobManager } from './fake.ts';

const QUICK: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 500, before: true },
  { kind: 'status', status: 503, before: true },
  { kind: 'reset' },
  { kind: 'reset', before: true },
  { kind: 'cut' },
  { kind: 'cut' },
  { kind: 'body', body: '<html>' },
  { kind: 'body', body: '{}' },
];
/** What takes real time is rarer. */
const FAULTS: readonly Fault[] = [...QUICK, ...QUICK, { kind: 'hang' }];
/** Milliseconds without a request, after which none is about to be sent. */
const QUIET_MS = 5;

export class FailingRequests {
  requests = 0;
  failed = 0;
  #share: number;
  readonly #random: () => number;
  readonly #jobManagers: FakeJobManager[] = [];

  constructor(share: number, random: () => number) {
    this.#share = share;
    this.#random = random;
  }

  /** From now on none fails. */
  end(): void {
    this.#share = 0;
  }

  /** One whose requests fail; ends with the test. */
  async startJobManager(cluster: FakeCluster, port = 0): Promise<FakeJobManager> {
    const jobManager = await startJobManager(cluster, {
      port,
      onRequest: ({ route }) => {
        this.requests += 1;
        if (this.#random() >= this.#share) return;
        this.failed += 1;
        const fault = FAULTS[Math.floor(this.#random() * FAULTS.length)];
        if (fault !== undefined) jobManager.faults.set(route, fault, 1);
      },
    });
    this.#jobManagers.push(jobManager);
    return jobManager;
  }

  /** Until nobody waits for an answer. What hangs takes real time, in which simulated time must not go on. */
  async quiet(): Promise<void> {
    for (let quietMs = 0; quietMs < QUIET_MS; ) {
      await sleep(1);
      quietMs = this.#jobManagers.some(({ underWay }) => underWay > 0) ? 0 : quietMs + 1;
    }
  }
}
