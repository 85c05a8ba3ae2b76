/** A real HistoryServer in the place of the archive folder that it reads. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCluster } from '../../real-flink/cluster.ts';
import { startHistoryServer } from '../../real-flink/history-server.ts';
import { realFlink } from '../../real-flink/home.ts';
import { submitCountingJob } from '../../real-flink/jobs/counting-job.ts';
import { RestError } from '../../real-flink/rest.ts';
import { WatchingMedic } from './watching-medic.ts';

const PATIENCE = 180_000;
const LOST = '5'.repeat(32);

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    it('tells how a job ended that was seen alive, and all that its archives tell', async () => {
      await using stack = new AsyncDisposableStack();
      const cluster = stack.adopt(await startCluster({ flink: flink.get() }), (started) => started.stop());
      const { jobManager, archiveDir } = cluster;
      const history = stack.adopt(await startHistoryServer(flink.get(), [archiveDir]), (started) => started.stop());
      const source = { archives: [], history_server: history.url };
      const medic = stack.use(new WatchingMedic([{ name: 'prod', jobmanagers: [jobManager?.url ?? ''], ...source }]));
      await medic.start();
      const orders = await submitCountingJob(cluster, { name: 'orders' });
      await medic.untilLine(orders.id, 'flink_job_status{state="RUNNING"} 1');
      await medic.stop();
      orders.control.order('fail-for-good');
      // 2.3 writes its archive in the flat layout.
      const lost = { jobId: LOST, savepointPath: join(cluster.directory, 'no-savepoint') };
      await submitCountingJob(cluster, { name: 'failed-in-initialisation' }, lost).catch((error: unknown) => {
        if (!(error instanceof RestError)) throw error;
      });
      const finished = await submitCountingJob(cluster, { name: 'finished', records: 3 });
      const jobs = { [orders.id]: 'FAILED', [finished.id]: 'FINISHED', [LOST]: 'FAILED' } as const;
      for (const [id, status] of Object.entries(jobs)) await history.rest.untilState(id, status);
      await jobManager?.process.kill('SIGKILL');

      await medic.start();
      await medic.untilLine(orders.id, 'flink_job_final_status{status="FAILED",source="history_server"} 1');
      expect(await medic.linesOf(orders.id)).toContain('flink_job_restarts_total 3');
      await medic.untilPageHas('flink_medic_state_recoveries_total{flink_cluster="prod",source="history_server"} 1');

      const fromServer = stack.use(await new WatchingMedic([{ name: 'prod', jobmanagers: [], ...source }]).start());
      const fromFolder = stack.use(
        await new WatchingMedic([{ name: 'prod', jobmanagers: [], archives: [archiveDir] }]).start(),
      );
      for (const [id, status] of Object.entries(jobs)) {
        await fromFolder.untilLine(id, `flink_job_final_status{status="${status}",source="archive"} 1`);
        await fromServer.untilLine(id, `flink_job_final_status{status="${status}",source="history_server"} 1`);
        const told = (await fromServer.linesOf(id)).map((line) => line.replace('"history_server"', '"archive"'));
        expect(told).toEqual(await fromFolder.linesOf(id));
        expect(told.length).toBeGreaterThan(8);
      }
      expect(
        (await fromServer.linesOf(orders.id)).find((line) => line.startsWith('flink_job_last_failure_info')),
      ).toContain('exception="medic.job.PoisonRecordException"');
    });
  });
}
