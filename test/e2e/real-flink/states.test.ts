/** Every state and every end of a job on real Flink, as exact lines of `/metrics`. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { isAtLeast, testedVersions } from '../../real-flink/versions.ts';
import { submitCountingJob } from '../../real-flink/jobs/counting-job.ts';
import { RestError } from '../../real-flink/rest.ts';
import { until } from '../../real-flink/until.ts';
import { WatchingMedic } from './watching-medic.ts';

const PATIENCE = 180_000;

const STATES = [
  'CANCELED',
  'CANCELLING',
  'CREATED',
  'FAILED',
  'FAILING',
  'FINISHED',
  'INITIALIZING',
  'RECONCILING',
  'RESTARTING',
  'RUNNING',
  'SUSPENDED',
  'UNKNOWN',
  'VANISHED',
];

/** The class of the job's own exception, not Flink's wrapper, and the vertex that threw it. */
const LAST_FAILURE =
  'flink_job_last_failure_info{exception="medic.job.PoisonRecordException",task="count",failure_label=""} 1';

for (const version of testedVersions()) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    let cluster: Cluster;
    let medic: WatchingMedic;

    beforeAll(async () => {
      cluster = await startCluster({ flink: flink.get() });
      // No archives: the folder is found through /jobmanager/config.
      medic = new WatchingMedic([{ name: 'prod', jobmanagers: [cluster.jobManager?.url ?? ''] }]);
      await medic.start();
    }, PATIENCE);

    afterAll(async () => {
      await medic[Symbol.asyncDispose]();
      await cluster.stop();
    });

    it('shows the cluster', async () => {
      await medic.untilPageHas('flink_cluster_taskmanagers{flink_cluster="prod"} 1');
      const lines = await medic.lines();
      expect(lines).toContain('flink_cluster_up{flink_cluster="prod"} 1');
      expect(lines.find((line) => line.startsWith('flink_cluster_info'))).toMatch(
        new RegExp(
          `^flink_cluster_info\\{flink_cluster="prod",version="${version}",commit="[0-9a-f]{7}",mode="session"\\} 1$`,
        ),
      );
      await medic.untilPageHas(`flink_archive_up{archive="file://${cluster.archiveDir}",flink_cluster="prod"} 1`);
    });

    it('shows a running job, and its checkpoints as REST has them', async () => {
      const { id, control } = await submitCountingJob(cluster, { name: 'running' }, { parallelism: 2 });
      await medic.untilLine(id, 'flink_job_status{state="RUNNING"} 1');
      await medic.untilLine(id, 'flink_job_restarts_total 0');
      await medic.untilLine(id, 'flink_job_checkpoint_interval_seconds 1');
      const lines = await medic.linesOf(id);
      expect(lines.filter((line) => line.startsWith('flink_job_status{'))).toEqual(
        STATES.map((state) => `flink_job_status{state="${state}"} ${state === 'RUNNING' ? '1' : '0'}`),
      );
      expect(lines).toContain('flink_job_failovers_total 0');
      expect(lines.filter((line) => line.startsWith('flink_job_final_status'))).toEqual([]);
      expect(lines.filter((line) => line.startsWith('flink_job_tasks'))).toHaveLength(10);
      await until(
        'completed checkpoints',
        async () => ((await medic.value(id, 'flink_job_checkpoints_completed_total')) ?? 0) > 1,
      );
      const shown = await medic.linesOf(id);
      const { counts, latest } = (await cluster.rest.get(`/jobs/${id}/checkpoints`)) as CheckpointsAnswer;
      const config = (await cluster.rest.get(`/jobs/${id}/checkpoints/config`)) as {
        interval: number;
        timeout: number;
      };
      const value = (family: string): number =>
        Number(shown.find((line) => line.startsWith(`${family} `))?.split(' ')[1]);
      expect(value('flink_job_checkpoint_interval_seconds')).toBe(config.interval / 1000);
      expect(value('flink_job_checkpoint_timeout_seconds')).toBe(config.timeout / 1000);
      // The statistics that we saw are up to 10 s older than the ones that we ask for now.
      expect(value('flink_job_checkpoints_completed_total')).toBeGreaterThan(counts.completed - 25);
      expect(value('flink_job_checkpoints_completed_total')).toBeLessThanOrEqual(counts.completed);
      expect(value('flink_job_checkpoints_failed_total')).toBe(counts.failed);
      expect(value('flink_job_checkpoint_last_timestamp_seconds') * 1000).toBeLessThanOrEqual(
        latest.completed.latest_ack_timestamp,
      );
      expect(value('flink_job_checkpoint_last_size_bytes')).toBeGreaterThan(0);
      const started = (await cluster.rest.get(`/jobs/${id}`)) as { 'start-time': number };
      expect(value('flink_job_start_timestamp_seconds') * 1000).toBe(started['start-time']);

      control.order('fail');
      await medic.untilLine(id, 'flink_job_status{state="RESTARTING"} 1');
      await medic.untilLine(id, 'flink_job_status{state="RUNNING"} 1');
      await medic.untilLine(id, 'flink_job_restarts_total 1');
      await medic.untilLine(id, LAST_FAILURE);

      await cluster.rest.cancel(id);
      await medic.untilLine(id, 'flink_job_final_status{status="CANCELED",source="live"} 1');
      await medic.untilLine(id, 'flink_job_superseded 0');
      const ended = await medic.linesOf(id);
      expect(ended.filter((line) => line.startsWith('flink_job_status'))).toEqual([
        'flink_job_status{state="CANCELED"} 1',
      ]);
      expect(ended).toContain('flink_job_restarts_total 1');
      expect(ended.filter((line) => line.startsWith('flink_job_tasks'))).toEqual([]);
      await medic.untilPageHas(
        'flink_job_runs_ended_total{flink_cluster="prod",job_name="running",status="CANCELED"} 1',
      );
    });

    it('shows a finished job', async () => {
      const { id, control } = await submitCountingJob(cluster, { name: 'finished', records: 2_000 });
      await medic.untilLine(id, 'flink_job_status{state="RUNNING"} 1');
      control.order('finish');
      await medic.untilLine(id, 'flink_job_final_status{status="FINISHED",source="live"} 1');
      await medic.untilPageHas(
        'flink_job_runs_ended_total{flink_cluster="prod",job_name="finished",status="FINISHED"} 1',
      );
      expect(await medic.linesOf(id)).toContain('flink_job_status{state="FINISHED"} 1');
      const info = (await medic.linesOf(id)).find((line) => line.startsWith('flink_job_info'));
      const type = isAtLeast(version, '1.20') ? 'STREAMING' : '';
      const [scheduler, application] = isAtLeast(version, '2.3') ? ['Default', id] : ['', ''];
      expect(info).toBe(
        `flink_job_info{job_type="${type}",scheduler="${scheduler}",application_id="${application}"} 1`,
      );
    });

    it('shows a job that failed after three restarts, with its own exception', async () => {
      const { id, control } = await submitCountingJob(cluster, { name: 'failed' });
      await medic.untilLine(id, 'flink_job_status{state="RUNNING"} 1');
      control.order('fail-for-good');
      await medic.untilLine(id, 'flink_job_status{state="RESTARTING"} 1');
      await medic.untilLine(id, 'flink_job_final_status{status="FAILED",source="live"} 1');
      await medic.untilLine(id, 'flink_job_restarts_total 3');
      await medic.untilLine(id, LAST_FAILURE);
      await medic.untilPageHas('flink_job_runs_ended_total{flink_cluster="prod",job_name="failed",status="FAILED"} 1');
    });

    it('shows a job that failed in its initialisation', async () => {
      const jobId = 'bad5a7e9'.padEnd(32, '0');
      const savepointPath = join(cluster.directory, 'no-such-savepoint');
      await expect(
        submitCountingJob(cluster, { name: 'misdirected' }, { jobId, savepointPath }),
      ).rejects.toBeInstanceOf(RestError);
      // It was never alive, so whichever comes first tells of it: the archive or the list.
      await medic.untilLine(jobId, 'flink_job_status{state="FAILED"} 1');
      await medic.untilLine(
        jobId,
        'flink_job_last_failure_info{exception="java.io.FileNotFoundException",task="",failure_label=""} 1',
      );
      const archive = await cluster.untilArchived(jobId);
      // 2.3 writes this one, and only this one, in the flat layout.
      expect(archive).toBe(join(cluster.archiveDir, jobId));
      await medic.untilPageHas(
        'flink_job_runs_ended_total{flink_cluster="prod",job_name="misdirected",status="FAILED"} 1',
      );
    });

    it('has indexed every archive and attributed each', async () => {
      const files = `flink_archive_files{archive="file://${cluster.archiveDir}",flink_cluster="prod",condition=`;
      await medic.untilPageHas(`${files}"indexed"} 4`);
      const lines = await medic.lines();
      for (const condition of ['incomplete', 'unreadable', 'unattributed']) {
        expect(lines).toContain(`${files}"${condition}"} 0`);
      }
    });
  });
}

interface CheckpointsAnswer {
  readonly counts: { readonly completed: number; readonly failed: number };
  readonly latest: { readonly completed: { readonly latest_ack_timestamp: number } };
}
