/** What stays true when a real JobManager without high availability is killed, and when another one takes its place. */

import { describe, expect, it } from 'vitest';
import { startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { testedVersions } from '../../real-flink/versions.ts';
import { submitCountingJob } from '../../real-flink/jobs/counting-job.ts';
import { until } from '../../real-flink/until.ts';
import { WatchingMedic } from './watching-medic.ts';

const PATIENCE = 180_000;
/** Longer than a JobManager takes to come back. */
const GRACE_SECONDS = 5;

for (const version of testedVersions()) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    it('keeps what ended, calls the running job UNKNOWN, and VANISHED only after grace and scan', async () => {
      await using cluster = await stopping(startCluster({ flink: flink.get() }));
      const { jobManager } = cluster.it;
      const url = jobManager?.url ?? '';
      await using medic = await new WatchingMedic([{ name: 'prod', jobmanagers: [url] }], GRACE_SECONDS).start();
      const finished = await submitCountingJob(cluster.it, { name: 'finished', records: 3 });
      const failed = await submitCountingJob(cluster.it, { name: 'failed' });
      const running = await submitCountingJob(cluster.it, { name: 'running' });
      failed.control.order('fail-for-good');
      await medic.untilLine(finished.id, 'flink_job_status{state="FINISHED"} 1');
      await medic.untilLine(failed.id, 'flink_job_final_status{status="FAILED",source="live"} 1');
      await medic.untilLine(running.id, 'flink_job_status{state="RUNNING"} 1');
      await medic.untilLine(running.id, 'flink_job_restarts_total 0');
      await cluster.it.untilArchived(failed.id);

      await jobManager?.process.kill('SIGKILL');
      await medic.untilLine(running.id, 'flink_job_status_reason{reason="jobmanager_unreachable"} 1');
      const lost = await medic.linesOf(running.id);
      expect(lost).toContain('flink_job_status{state="UNKNOWN"} 1');
      expect(lost).toContain('flink_job_status{state="RUNNING"} 0');
      expect(lost).toContain('flink_job_restarts_total 0');
      expect(
        lost.filter((line) => /^flink_job_(tasks|checkpoint_interval|checkpoint_timeout|final)/.test(line)),
      ).toEqual([]);
      const lines = await medic.lines();
      expect(lines).toContain('flink_cluster_up{flink_cluster="prod"} 0');
      expect(lines.find((line) => line.startsWith('flink_cluster_info'))).toContain(`version="${version}"`);
      expect(lines.filter((line) => line.startsWith('flink_cluster_taskmanagers'))).toEqual([]);
      expect(await medic.linesOf(finished.id)).toContain('flink_job_status{state="FINISHED"} 1');
      expect(await medic.linesOf(failed.id)).toContain('flink_job_final_status{status="FAILED",source="live"} 1');

      jobManager?.process.start();
      await medic.untilLine(running.id, 'flink_job_status_reason{reason="not_listed"} 1');
      const missedAt = Date.now();
      await medic.untilLine(running.id, 'flink_job_final_status{status="VANISHED",source="none"} 1');
      // Seen up to a second after the observation that began the grace time.
      expect(Date.now() - missedAt).toBeGreaterThan((GRACE_SECONDS - 1.5) * 1000);
      await medic.untilPageHas('flink_job_runs_vanished_total{flink_cluster="prod",job_name="running"} 1');
      expect(await medic.linesOf(failed.id)).toContain('flink_job_final_status{status="FAILED",source="live"} 1');
      expect(await medic.lines()).toContain(
        'flink_job_runs_ended_total{flink_cluster="prod",job_name="failed",status="FAILED"} 1',
      );
    });

    it('learns from the archive what happened while it was away, once', async () => {
      await using cluster = await stopping(startCluster({ flink: flink.get() }));
      const { jobManager, archiveDir } = cluster.it;
      const clusters = [{ name: 'prod', jobmanagers: [jobManager?.url ?? ''], archives: [archiveDir] }];
      await using medic = await new WatchingMedic(clusters).start();
      const { id, control } = await submitCountingJob(cluster.it, { name: 'orders' });
      await medic.untilLine(id, 'flink_job_status{state="RUNNING"} 1');
      await medic.stop();

      control.order('fail-for-good');
      await cluster.it.rest.untilState(id, 'FAILED');
      const archive = await cluster.it.untilArchived(id);
      await jobManager?.process.kill('SIGKILL');

      for (const start of [1, 2, 3]) {
        await medic.start();
        await medic.untilLine(id, 'flink_job_final_status{status="FAILED",source="archive"} 1');
        await medic.untilPageHas(
          'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FAILED"} 1',
        );
        const lines = await medic.lines();
        expect(lines).toContain('flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 1');
        const shown = await medic.linesOf(id);
        expect(shown, `start ${start}`).toContain('flink_job_restarts_total 3');
        expect(shown.find((line) => line.startsWith('flink_job_last_failure_info'))).toContain(
          'exception="medic.job.PoisonRecordException"',
        );
        const explained = await explain(medic, id);
        expect(explained.runs[0]).toMatchObject({ rule: 'unreachable_archive', source: 'archive', archive });
        await medic.stop();
      }
    });
  });
}

async function explain(medic: WatchingMedic, jobId: string): Promise<{ runs: object[] }> {
  const answer = await until('explanation', async () => {
    const response = await fetch(`${medic.url}/api/v1/explain/prod/${jobId}`);
    return response.ok && ((await response.json()) as { runs: object[] });
  });
  return answer;
}

/** A cluster that is stopped at the end of the scope. */
async function stopping<T extends { stop(): Promise<void> }>(
  starting: Promise<T>,
): Promise<AsyncDisposable & { it: T }> {
  const started = await starting;
  return { it: started, [Symbol.asyncDispose]: () => started.stop() };
}
