/**
 * Real high availability: ZooKeeper and two JobManagers. When the leader is lost Flink gives the same run a new start time,
 * an empty history and counters from 0 (measured, flink.md V15); for us it stays one run, whatever happens to leaders and
 * to the network. Every scrape in all that time is looked at.
 */

import { describe, expect, it } from 'vitest';
import { startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { submitCountingJob } from '../../real-flink/jobs/counting-job.ts';
import { testedVersions } from '../../real-flink/versions.ts';
import { startZooKeeper } from '../../real-flink/zookeeper.ts';
import { LedJob } from './support/led-job.ts';
import { Partition } from './support/partition.ts';
import { Scrapes } from './support/scrapes.ts';
import { WatchingMedic } from './watching-medic.ts';

const COUNTERS = ['failovers', 'restarts', 'checkpoints_completed', 'checkpoints_failed'];
const OF_NAME = '{flink_cluster="prod",job_name="orders"';

// Most of the time goes into waiting for ZooKeeper, so the versions share it.
describe.concurrent('a job of a highly available cluster', () => {
  for (const version of testedVersions()) {
    const flink = realFlink(version);
    const how = { timeout: 300_000, skip: flink.skip !== undefined };
    it(`stays one run on Flink ${version}, whatever happens to its leaders and to the network`, how, async () => {
      await using parts = new AsyncDisposableStack();
      const zooKeeper = await startZooKeeper(flink.get());
      parts.defer(() => zooKeeper.stop());
      const cluster = await startCluster({ flink: flink.get(), jobManagers: 2, zooKeeper: zooKeeper.quorum });
      parts.defer(() => cluster.stop());
      const links = await Promise.all(cluster.jobManagers.map(({ url }) => Partition.before(url)));
      for (const link of links) parts.use(link);
      const jobmanagers = links.map(({ url }) => url);
      const medic = parts.use(await new WatchingMedic([{ name: 'prod', jobmanagers }], 2).start());
      const { id, control } = await submitCountingJob(cluster, { name: 'orders' });
      const job = new LedJob({ cluster, links, medic, id });
      await job.untilRestartedOnce(control);
      const scrapes = parts.use(new Scrapes(medic));

      for (const kill of [1, 2, 3]) {
        await job.killLeader();
        expect(await medic.linesOf(id)).toContain(`flink_job_failovers_total ${kill}`);
      }

      // A network between flink-medic and one JobManager is no matter of Flink's: the other address is asked.
      const before = scrapes.count;
      await job.cutOff(0, 'refusing');
      await job.cutOff(1, 'silent');
      expect(scrapes.valuesOf(id, 'flink_job_status{state="UNKNOWN"}').slice(before)).not.toContain(1);
      expect(await medic.linesOf(id)).toContain('flink_job_failovers_total 3');

      // A leader that stands still is deposed, goes on, and for a moment does not know it.
      await job.deposeLeader();
      await job.untilCountedExactly();
      expect(await medic.linesOf(id)).toContain('flink_job_failovers_total 4');

      const states = scrapes.everOf(id, /^flink_job_status.* 1$/);
      console.log(`Flink ${version}: ${scrapes.count} scrapes, with\n${states.join('\n')}`);
      expect(scrapes.everOf(id, /^flink_job_(final_status|superseded|end_timestamp)/)).toEqual([]);
      expect(scrapes.everOf(id, /^flink_job_start_timestamp/)).toHaveLength(1);
      expect(scrapes.ever(/^flink_job_live_runs/)).toEqual([`flink_job_live_runs${OF_NAME}} 1`]);
      expect(scrapes.ever(/^flink_job_runs_(ended|vanished)_total\{.* [^0]/)).toEqual([]);
      const falling = COUNTERS.filter((counter) => {
        const values = scrapes.valuesOf(id, `flink_job_${counter}_total`);
        return values.some((value = -1, index) => value < (values[index - 1] ?? 0));
      });
      expect(falling).toEqual([]);

      // The archive carries the last start time only, and ends the same run.
      control.order('finish');
      await medic.untilLine(id, 'flink_job_status{state="FINISHED"} 1');
      await cluster.untilArchived(id);
      await medic.untilPageHas(`flink_job_runs_ended_total${OF_NAME},status="FINISHED"} 1`);
      expect(await medic.linesOf(id)).toContain('flink_job_failovers_total 4');
      expect(await medic.lines()).toContain(`flink_job_runs_vanished_total${OF_NAME}} 0`);
    });
  }
});
