/** The restore point that is shown against what real Flink left on the disk, for every way in which a run ends. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemTimers } from '../../src/app/system-time.ts';
import { newRun } from '../../src/core/resolve.ts';
import { withCheckpointConfig, withCheckpoints } from '../../src/core/run-facts.ts';
import { parseCheckpointConfig } from '../../src/flink/documents/checkpoint-config.ts';
import { parseCheckpointStatistics } from '../../src/flink/documents/checkpoint-statistics.ts';
import { restoreEvidence } from '../../src/restart/restore-evidence.ts';
import { LocalSnapshotStorage } from '../../src/restart/snapshot-storage.ts';
import { WatchingMedic } from '../e2e/real-flink/watching-medic.ts';
import { type Cluster, startCluster } from '../real-flink/cluster.ts';
import { realFlink } from '../real-flink/home.ts';
import { submitCountingJob } from '../real-flink/jobs/counting-job.ts';
import { until } from '../real-flink/until.ts';

const PATIENCE = 180_000;
const RETENTION = 'execution.checkpointing.externalized-checkpoint-retention';

const ANSWER = z.object({
  runs: z.tuple([
    z.object({
      state: z.string(),
      restore_point: z.object({ id: z.number(), kind: z.string(), path: z.string() }).optional(),
    }),
  ]),
});

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    const storage = new LocalSnapshotStorage(systemTimers);
    let cluster: Cluster;
    let medic: WatchingMedic;

    beforeAll(async () => {
      cluster = await startCluster({ flink: flink.get(), slots: 4 });
      medic = new WatchingMedic([{ name: 'prod', jobmanagers: [cluster.jobManager?.url ?? ''] }]);
      await medic.start();
    }, PATIENCE);

    afterAll(async () => {
      await medic[Symbol.asyncDispose]();
      await cluster.stop();
    });

    /** As the API shows it. */
    async function shown(id: string) {
      const answer = await fetch(`${medic.url}/api/v1/jobs/prod/${id}`);
      return ANSWER.parse(await answer.json()).runs[0];
    }

    /** The newest complete checkpoint on the disk. */
    function newestOnDisk(id: string) {
      const folder = join(cluster.checkpointDir, id);
      const ids = (existsSync(folder) ? readdirSync(folder) : [])
        .filter((name) => existsSync(join(folder, name, '_metadata')))
        .map((name) => Number(name.slice('chk-'.length)));
      const newest = Math.max(...ids);
      return ids.length === 0
        ? undefined
        : { id: newest, kind: 'checkpoint', path: `file:${folder}/chk-${String(newest)}` };
    }

    async function running(name: string, config: Readonly<Record<string, string>> = {}) {
      const job = await submitCountingJob(cluster, { name }, { config });
      await cluster.rest.untilCheckpoint(job.id);
      await medic.untilLine(job.id, 'flink_job_restore_point_info{kind="checkpoint"} 1');
      return job;
    }

    async function untilEnded(id: string, status: string): Promise<void> {
      await medic.untilLine(id, `flink_job_status{state="${status}"} 1`);
      await cluster.untilArchived(id);
    }

    it('of a run that failed is its newest checkpoint, also when only an older one was learned', async () => {
      const { id, control } = await running('failing');
      const ask = (what: string): Promise<unknown> => cluster.rest.get(`/jobs/${id}/checkpoints${what}`);
      const early = parseCheckpointStatistics(await ask(''));
      const config = parseCheckpointConfig(await ask('/config'));
      if (early === undefined || config === undefined) throw new Error('checkpointing is on');
      const run = newRun({ cluster: 'prod', jobId: id, generation: 1 }, { startTime: 1 }, 'failing', 1);
      const learned = withCheckpointConfig(withCheckpoints(run, early, false), config);

      await until('newer checkpoint', () => (newestOnDisk(id)?.id ?? 0) > (early.latestCompleted?.id ?? 0) + 1);
      control.order('fail-for-good');
      await untilEnded(id, 'FAILED');
      const newest = newestOnDisk(id);
      expect(newest).toBeDefined();
      await until('newest', async () => (await shown(id)).restore_point?.path === newest?.path);
      expect((await shown(id)).restore_point).toMatchObject(newest ?? {});
      expect(await storage.exists(newest?.path ?? '')).toBe('present');
      expect(await medic.linesOf(id)).toContain('flink_job_restore_point_info{kind="checkpoint"} 1');
      expect(await restoreEvidence([learned], undefined, undefined, storage)).toMatchObject({
        snapshot: newest,
        existence: 'present',
      });

      // Restored without a claim, it is the restore point of the next run until that completes something.
      const next = await submitCountingJob(
        cluster,
        { name: 'failing', control },
        { savepointPath: newest?.path ?? '', config: { 'execution.checkpointing.interval': '1h' } },
      );
      await untilEnded(next.id, 'FAILED');
      await until('restored', async () => (await shown(next.id)).restore_point?.id === newest?.id);
      expect((await shown(next.id)).restore_point).toMatchObject(newest ?? {});
      expect(newestOnDisk(next.id)).toBeUndefined();
    });

    it('of a run that was cancelled is what its retention left', async () => {
      const [kept, deleted] = await Promise.all([
        running('kept'),
        running('deleted', { [RETENTION]: 'DELETE_ON_CANCELLATION' }),
      ]);
      for (const { id } of [kept, deleted]) {
        await cluster.rest.cancel(id);
        await untilEnded(id, 'CANCELED');
      }
      await until('newest', async () => (await shown(kept.id)).restore_point?.id === newestOnDisk(kept.id)?.id);
      expect((await shown(kept.id)).restore_point).toMatchObject(newestOnDisk(kept.id) ?? {});
      expect(newestOnDisk(deleted.id)).toBeUndefined();
      expect((await shown(deleted.id)).restore_point).toBeUndefined();
    });

    it('of a run that failed without retention is none', async () => {
      const { id, control } = await submitCountingJob(
        cluster,
        { name: 'forgetful' },
        { config: { [RETENTION]: 'NO_EXTERNALIZED_CHECKPOINTS' } },
      );
      await cluster.rest.untilCheckpoint(id);
      control.order('fail-for-good');
      await untilEnded(id, 'FAILED');
      await until('end of the checkpoints', () => newestOnDisk(id) === undefined);
      expect((await shown(id)).restore_point).toBeUndefined();
    });

    it('of a run that was stopped is the savepoint', async () => {
      const { id } = await running('stopped');
      const path = await cluster.rest.stopWithSavepoint(id, join(cluster.directory, 'savepoints'));
      await untilEnded(id, 'FINISHED');
      await medic.untilLine(id, 'flink_job_restore_point_info{kind="savepoint"} 1');
      expect((await shown(id)).restore_point).toMatchObject({ kind: 'savepoint', path });
      expect(await storage.exists(path)).toBe('present');
      expect(newestOnDisk(id)).toBeUndefined();
    });
  });
}
