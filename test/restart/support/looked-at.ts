/** A cluster as the restart bridge has it, with fakes behind its addresses, which end with the test. */

import { onTestFinished } from 'vitest';
import { unseenCluster } from '../../../src/core/cluster-status.ts';
import { JobManagerClient } from '../../../src/flink/job-manager-client.ts';
import type { LookedAt } from '../../../src/restart/fresh-look.ts';
import type { FakeCluster } from '../../fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../../fake-flink/fake-job-manager.ts';

/** @param clusters one for each address: the same several times is a set of JobManagers */
export async function lookedAt(
  name: string,
  clusters: readonly FakeCluster[],
  clockOffsetMs = 0,
): Promise<{ readonly watched: LookedAt; readonly fakes: readonly FakeJobManager[] }> {
  const fakes = await Promise.all(clusters.map((cluster) => FakeJobManager.start(cluster)));
  const jobManagers = fakes.map((fake) => {
    const { baseUrl } = fake;
    const api = new JobManagerClient({ baseUrl, timeoutMs: 5000, maxResponseBytes: 1_000_000, http: {} });
    onTestFinished(async () => {
      await fake.stop();
      await api.close();
    });
    return { address: baseUrl, api };
  });
  return { watched: { name, status: { ...unseenCluster(name, true), clockOffsetMs }, jobManagers }, fakes };
}
