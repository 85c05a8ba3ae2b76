/** Fake clusters on loopback that end with the test. */

import { onTestFinished } from 'vitest';
import { FakeCluster, type FakeClusterOptions } from '../../fake-flink/fake-cluster.ts';
import { FakeJobManager, type FakeJobManagerOptions } from '../../fake-flink/fake-job-manager.ts';

export async function startJobManager(
  cluster: FakeCluster,
  options: FakeJobManagerOptions = {},
): Promise<FakeJobManager> {
  const jobManager = await FakeJobManager.start(cluster, options);
  onTestFinished(() => jobManager.stop());
  return jobManager;
}

export async function startCluster(
  options: FakeClusterOptions = {},
): Promise<{ readonly cluster: FakeCluster; readonly jobManager: FakeJobManager }> {
  const cluster = new FakeCluster(options);
  return { cluster, jobManager: await startJobManager(cluster) };
}
