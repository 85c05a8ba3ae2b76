/**
 * Real high availability: ZooKeeper and two JobManagers. When the leader is killed Flink gives the same run a new start
 * time, an empty history and counters from 0 (measured, flink.md V15); for us it stays one run.
 */

import { describe, expect, it } from 'vitest';
import { startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { submitCountingJob } from '../../real-flink/jobs/counting-job.ts';
import { until } from '../../real-flink/until.ts';
import { startZooKeeper } from '../../real-flink/zookeeper.ts';
import { WatchingMedic } from './watching-medic.ts';

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: 240_000 }, () => {
    it('stays one run when the leader is killed', async () => {
      const zooKeeper = await startZooKeeper(flink.get());
      await using _zooKeeper = { [Symbol.asyncDispose]: () => zooKeeper.stop() };
      const cluster = await startCluster({ flink: flink.get(), jobManagers: 2, zooKeeper: zooKeeper.quorum });
      await using _cluster = { [Symbol.asyncDispose]: () => cluster.stop() };
      const jobmanagers = cluster.jobManagers.map(({ url }) => url);
      await using medic = await new WatchingMedic([{ name: 'prod', jobmanagers }], 2).start();

      const { id, control } = await submitCountingJob(cluster, { name: 'orders' });
      await medic.untilLine(id, 'flink_job_status{state="RUNNING"} 1');
      control.order('fail');
      await medic.untilLine(id, 'flink_job_restarts_total 1');
      await until(
        'checkpoints',
        async () => ((await medic.value(id, 'flink_job_checkpoints_completed_total')) ?? 0) >= 3,
      );
      const started = await medic.value(id, 'flink_job_start_timestamp_seconds');
      const before = (await medic.value(id, 'flink_job_checkpoints_completed_total')) ?? 0;

      const seen = new Set<string>();
      let lowest = before;
      let fewestRestarts = Number.POSITIVE_INFINITY;
      const look = async (): Promise<number> => {
        const completed = (await medic.value(id, 'flink_job_checkpoints_completed_total')) ?? 0;
        lowest = Math.min(lowest, completed);
        fewestRestarts = Math.min(fewestRestarts, (await medic.value(id, 'flink_job_restarts_total')) ?? 0);
        return completed;
      };
      await cluster.leader()?.process.kill('SIGKILL');
      await until('failover', async () => {
        const lines = await medic.linesOf(id);
        for (const line of lines) if (/^flink_job_(final_status|superseded|status\{.*\} 1)/.test(line)) seen.add(line);
        await look();
        return lines.includes('flink_job_failovers_total 1') && lines.includes('flink_job_status{state="RUNNING"} 1');
      });
      await until('more checkpoints', async () => (await look()) > before);

      expect([...seen].filter((line) => !line.startsWith('flink_job_status{'))).toEqual([]);
      expect(lowest).toBe(before);
      expect(fewestRestarts).toBe(1);
      // The new leader counts from 0, and may itself have had to restart the job: what it says is added, nothing else.
      await until('sum of the restarts under both leaders', async () => {
        const [metric] = (await cluster.rest.get(`/jobs/${id}/metrics?get=numRestarts`)) as { value: string }[];
        return metric !== undefined && (await medic.value(id, 'flink_job_restarts_total')) === 1 + Number(metric.value);
      });
      const lines = await medic.linesOf(id);
      expect(lines).toContain('flink_job_failovers_total 1');
      expect(await medic.value(id, 'flink_job_start_timestamp_seconds')).toBe(started);
      const page = await medic.lines();
      expect(page.filter((line) => line.startsWith('flink_job_start_timestamp_seconds'))).toHaveLength(1);
      const counter = 'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders"';
      for (const status of ['FINISHED', 'FAILED', 'CANCELED'])
        expect(page).toContain(`${counter},status="${status}"} 0`);
      expect(page).toContain('flink_job_runs_vanished_total{flink_cluster="prod",job_name="orders"} 0');
      expect(page).toContain('flink_job_live_runs{flink_cluster="prod",job_name="orders"} 1');

      // The archive carries the new start time only, and ends the same run.
      control.order('finish');
      await medic.untilLine(id, 'flink_job_status{state="FINISHED"} 1');
      await cluster.untilArchived(id);
      await medic.untilPageHas(`${counter},status="FINISHED"} 1`);
      expect(await medic.value(id, 'flink_job_restarts_total')).toBeGreaterThanOrEqual(1);
    });
  });
}
