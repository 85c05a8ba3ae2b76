/**
 * The JobManagers of a `large-fleet.ts`, in a process of their own so that they cost the program under test nothing. Forked
 * with the size and the folder of the archives as JSON; sends its addresses and then lives on: each second some jobs
 * complete a checkpoint, and in ten clusters one restarts and one ends, is archived and submitted again. Ends with its
 * parent.
 */

import { join } from 'node:path';
import { ManualClock } from '../../test/fake-flink/clock.ts';
import { FakeCluster } from '../../test/fake-flink/fake-cluster.ts';
import { FakeJobManager } from '../../test/fake-flink/fake-job-manager.ts';
import { AGE_MS, CHECKPOINT_INTERVAL_MS, CHECKPOINTS, clusterName, type FleetSize, liveJobs } from './large-fleet.ts';

export interface FakeFleetOptions {
  readonly size: FleetSize;
  readonly folder: string;
  readonly now: number;
}

const TICK_MS = 1000;
/** Those of one second in a minute. */
const SHARE = CHECKPOINT_INTERVAL_MS / TICK_MS;
/** In so many clusters a job restarts and one ends in each tick. */
const RESTLESS = 10;

const { size, folder, now } = JSON.parse(process.argv[2] ?? '') as FakeFleetOptions;
const clock = new ManualClock(now - AGE_MS);
const clusters = Array.from({ length: size.clusters }, (_, cluster) => {
  const archiveFolder = join(folder, clusterName(cluster));
  const fake = new FakeCluster({ version: '1.20', clock, archiveFolder });
  for (const known of liveJobs(cluster, size)) {
    const job = fake.submit({ ...known, checkpointing: { intervalMs: CHECKPOINT_INTERVAL_MS } }).run();
    for (let done = 0; done < CHECKPOINTS; done++) job.completeCheckpoint();
  }
  return fake;
});
const jobManagers = await Promise.all(clusters.map((cluster) => FakeJobManager.start(cluster)));
process.send?.(jobManagers.map(({ baseUrl }) => baseUrl));

let ticks = 0;
setInterval(() => {
  clock.advance(Date.now() - clock.now());
  ticks += 1;
  for (const [ordinal, cluster] of clusters.entries()) {
    const jobs = cluster.jobs.filter(({ endTime }) => endTime === undefined);
    for (let index = ticks % SHARE; index < jobs.length; index += SHARE) jobs[index]?.completeCheckpoint();
    if ((ordinal + ticks * RESTLESS) % clusters.length >= RESTLESS) continue;
    jobs[ticks % jobs.length]?.restart().restarted();
    const ended = jobs[(7 * ticks) % jobs.length]?.finish();
    if (ended !== undefined) cluster.submit({ name: ended.name }).run();
  }
  // Otherwise the log of requests would be all that grows.
  for (const { requests } of jobManagers) requests.length = 0;
}, TICK_MS);
process.on('disconnect', () => process.exit());
