/** A job in application mode: nobody but what launched its cluster can start it again, and flink-medic says so. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { buildCountingJob, COUNTING_JOB_CLASS } from '../../real-flink/jobs/build.ts';
import { countingJobArgs, JobControl } from '../../real-flink/jobs/counting-job.ts';
import { RepairedJob } from './support/repaired-job.ts';
import { RepairingMedic } from './support/repairing-medic.ts';

const JOB_ID = 'feed'.padEnd(32, '0');
const NO_JARS = /application mode and takes no jars: only what launched it can start its job again/;

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: 180_000 }, () => {
    it('says that an application cluster takes no jars, while it is there and when it has gone', async () => {
      await using parts = new AsyncDisposableStack();
      const jar = await buildCountingJob(flink.get());
      const control = new JobControl(mkdtempSync(join(tmpdir(), 'flink-medic-control-')));
      parts.defer(() => rmSync(control.folder, { recursive: true }));
      const cluster = await startCluster({
        flink: flink.get(),
        application: {
          jar,
          entryClass: COUNTING_JOB_CLASS,
          args: countingJobArgs(control, { name: 'application' }),
          jobId: JOB_ID,
        },
        config: { 'restart-strategy.type': 'disable', 'execution.shutdown-on-application-finish': 'false' },
      });
      parts.defer(() => cluster.stop());
      const job = new RepairedJob(cluster, 'application');
      const medic = await RepairingMedic.prepare(cluster.jobManager.url, [job.policy(jar)]);
      parts.use(medic);
      await medic.start();
      await medic.untilSeen(JOB_ID, 'RUNNING');
      await cluster.rest.untilCheckpoint(JOB_ID);
      control.order('fail-for-good');
      await medic.untilSeen(JOB_ID, 'FAILED');
      await medic.tell('application', JOB_ID);
      const { state, reason, detail } = await medic.untilIncident(
        JOB_ID,
        'decided',
        ({ reason: why }) => why !== undefined,
      );
      console.log(`Flink ${version}, application mode: ${state}, ${String(reason)}: ${detail}`);
      expect([state, reason]).toEqual(['deferred', 'cannot_verify']);
      expect(detail).toMatch(NO_JARS);
      expect((await medic.explain('application')).restart?.detail).toMatch(NO_JARS);

      await cluster.jobManager.process.kill();
      const { restart } = await medic.explain('application');
      expect(restart).toMatchObject({ decision: 'deferred', reason: 'cannot_verify' });
      expect(restart?.detail).toMatch(NO_JARS);
    });
  });
}
