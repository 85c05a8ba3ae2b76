/** Lets a share of all requests to a fake JobManager fail, each in one of the ways in which requests fail. Keeps counts. */

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
  // JSON that no document is; {} would be a history without exceptions.
  { kind: 'body', body: '7' },
];
/** What takes real time is rarer. */
const FAULTS: readonly Fault[] = [...QUICK, ...QUICK, { kind: 'hang' }];

export class FailingRequests {
  requests = 0;
  failed = 0;
  #share: number;
  readonly #random: () => number;

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
    return jobManager;
  }
}
