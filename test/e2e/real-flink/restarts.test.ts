/**
 * Failed jobs on real Flink, told of by a real Prometheus through a real Alertmanager with what is shipped: what comes back
 * and from where, and what does not.
 */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeline } from '../../../examples/demo/timeline.ts';
import { type Cluster, startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { testedVersions } from '../../real-flink/versions.ts';
import { buildCountingJob } from '../../real-flink/jobs/build.ts';
import { until } from '../../real-flink/until.ts';
import { realProgram } from '../../support/real.ts';
import { type Alerting, startAlerting } from '../support/alerting.ts';
import { RepairedJob } from './support/repaired-job.ts';
import { RepairingMedic, TOKEN } from './support/repairing-medic.ts';

const PATIENCE = 180_000;
const FIVE_MINUTES = 5 * 60_000;
/** Flink's `DISABLED_CHECKPOINT_INTERVAL`; 0 is refused, and the cluster has an interval. */
const WITHOUT_CHECKPOINTS = { 'execution.checkpointing.interval': '9223372036854775807 ms' };

const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const alertmanager = realProgram('prometheus-alertmanager', 'apt-get install prometheus-alertmanager');

for (const version of testedVersions()) {
  const flink = realFlink(version);
  const skipped = flink.skip ?? prometheus.skip ?? alertmanager.skip;
  describe.skipIf(skipped !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    let cluster: Cluster;
    let medic: RepairingMedic;
    let stopped: RepairedJob;
    let orders: RepairedJob;
    let bereft: RepairedJob;
    let stateless: RepairedJob;
    let modest: RepairedJob;

    beforeAll(async () => {
      cluster = await startCluster({ flink: flink.get() });
      const jar = await buildCountingJob(flink.get());
      stopped = new RepairedJob(cluster, 'stopped-on-purpose');
      orders = new RepairedJob(cluster, 'orders');
      bereft = new RepairedJob(cluster, 'bereft');
      stateless = new RepairedJob(cluster, 'stateless');
      modest = new RepairedJob(cluster, 'modest');
      medic = await RepairingMedic.prepare(cluster.jobManager.url, [
        stopped.policy(jar, {
          on: ['FAILED', 'FINISHED', 'CANCELED', 'VANISHED'],
          triggers: { alerts: ['FlinkJobRepairWanted'], watchdog: true },
          wait: '5m',
        }),
        orders.policy(jar),
        bereft.policy(jar),
        stateless.policy(jar),
        modest.policy(jar, { restore: { policy: 'prefer' }, driver: modest.driver(jar, WITHOUT_CHECKPOINTS) }),
      ]);
      await medic.start();
    }, PATIENCE);

    afterAll(async () => {
      await medic[Symbol.asyncDispose]();
      await cluster.stop();
    });

    it('never restarts a job that was stopped with a savepoint, and leaves the upgrade to people', async () => {
      const id = await stopped.submitAndCount();
      await medic.untilSeen(id, 'RUNNING');
      const savepoint = await cluster.rest.stopWithSavepoint(id, join(cluster.directory, 'savepoints'));
      await medic.untilIncident(id, 'waiting', ({ state, reason }) => state === 'waiting' && reason === 'end_wait');
      await medic.tell(stopped.name, id);

      // No job runs that could tell how late it really is.
      await medic.kill('SIGTERM');
      await medic.startLater(FIVE_MINUTES);
      const incident = await medic.untilClosed(id);
      expect(incident).toMatchObject({ state: 'refused', reason: 'stopped_on_purpose', attempts: [] });
      expect(incident.triggers.map(({ kind }) => kind)).toEqual(['watchdog', 'alert']);
      const { restart } = await medic.explain(stopped.name);
      expect(restart).toMatchObject({ decision: 'refused', reason: 'stopped_on_purpose' });
      await medic.kill('SIGTERM');
      await medic.start();

      const next = await stopped.submit({}, savepoint);
      await medic.untilSeen(next, 'RUNNING');
      expect(await stopped.runs()).toMatchObject([
        { id, state: 'FINISHED' },
        { id: next, state: 'RUNNING' },
      ]);
      await cluster.rest.cancel(next);
      await medic.untilSeen(next, 'CANCELED');
    });

    describe('when four jobs fail for good', () => {
      let alerting: Alerting;
      const ids = new Map<RepairedJob, string>();
      const idOf = (job: RepairedJob): string => ids.get(job) ?? '';

      beforeAll(async () => {
        alerting = await startAlerting({
          programs: { prometheus: prometheus.get(), alertmanager: alertmanager.get() },
          medic: medic.address,
          token: TOKEN,
          route: { group_interval: '2s' },
        });
        for (const job of [orders, bereft]) ids.set(job, await job.submitAndCount());
        for (const job of [stateless, modest]) ids.set(job, await job.submit(WITHOUT_CHECKPOINTS));
        for (const job of ids.keys()) {
          await until('first record', async () => (await job.control.resumedFrom()).length > 0);
          job.control.order('fail-for-good');
        }
        for (const [job, id] of ids) {
          await cluster.rest.untilState(id, 'FAILED');
          if (job === bereft) rmSync(join(cluster.checkpointDir, id), { recursive: true });
          job.control.takeBack('fail-for-good');
        }
      }, PATIENCE);

      afterAll(() => alerting.stop());

      it('brings one back from its newest checkpoint, once', async () => {
        const id = idOf(orders);
        const incident = await medic.untilClosed(id);
        const { runs } = await medic.explain(id);
        const seen = runs[0]?.history.find(({ event }) => event === 'ended')?.time;
        console.log(`Flink ${version}, from the end of the run to RUNNING:\n${timeline(incident, seen)}`);
        expect(incident.state).toBe('succeeded');
        expect(incident.triggers).toMatchObject([{ kind: 'alert', name: 'FlinkJobRepairWanted' }]);
        const [attempt, ...others] = incident.attempts;
        expect(others).toEqual([]);
        expect(attempt).toMatchObject({ state: 'succeeded', sent: [expect.any(String)] });
        const again = attempt?.request.job_id ?? '';
        expect(await orders.runs()).toMatchObject([
          { id, state: 'FAILED' },
          { id: again, state: 'RUNNING' },
        ]);

        const newest = newestCheckpoint(id);
        expect(attempt?.request.restore).toMatchObject({ path: newest.path, checkpoint_id: newest.id });
        expect(await orders.restored(again)).toEqual(newest);
        const counts = await orders.control.resumedFrom();
        // Flink itself went back to it at each of its three restarts, and nothing was counted after.
        expect(counts).toHaveLength(5);
        expect(counts.at(-1)).toBeGreaterThan(0);
        expect(counts.at(-1)).toBe(counts.at(-2));
        expect(newestCheckpoint(again).id).toBeGreaterThan(newest.id);
      });

      it('refuses one whose checkpoints were deleted', async () => {
        const incident = await medic.untilClosed(idOf(bereft));
        expect(incident).toMatchObject({ state: 'refused', reason: 'restore_point_missing', attempts: [] });
        expect(incident.detail).toContain(join(cluster.checkpointDir, idOf(bereft)));
        expect(await bereft.states()).toEqual(['FAILED']);
      });

      it('refuses one that never had a checkpoint where a policy requires one', async () => {
        const incident = await medic.untilClosed(idOf(stateless));
        expect(incident).toMatchObject({ state: 'refused', reason: 'no_restore_point', attempts: [] });
        expect(await stateless.states()).toEqual(['FAILED']);
      });

      it('starts that one without state where a policy only prefers one, and says so', async () => {
        const { state, attempts, events } = await medic.untilClosed(idOf(modest));
        expect([state, attempts.length]).toEqual(['succeeded', 1]);
        expect(attempts[0]?.request.restore).toBeUndefined();
        expect(attempts[0]?.request.restore_detail).toMatch(/^started without state: no checkpoint/);
        expect(events.find(({ event }) => event === 'accepted')?.detail).toContain('without state');
        expect(await modest.states()).toEqual(['FAILED', 'RUNNING']);
        expect((await modest.control.resumedFrom()).at(-1)).toBe(0);
      });

      it('resolves the alerts of those that run again, and keeps those of the others', async () => {
        const refused = new Set([bereft.name, stateless.name]);
        await until('resolved alerts', async () => {
          const triggers = (await alerting.alertmanager.alerts()).filter(
            ({ labels }) => labels.flink_medic === 'restart',
          );
          const names = triggers.map(({ labels }) => labels.job_name ?? '');
          return names.length === refused.size && names.every((name) => refused.has(name));
        });
        await medic.untilIncident(idOf(orders), 'told', ({ deliveries }) =>
          deliveries.some(({ status }) => status === 'resolved'),
        );
        expect(await orders.states()).toEqual(['FAILED', 'RUNNING']);
        const counted = (await medic.metrics())
          .split('\n')
          .filter((line) => /^flink_medic_restart_decisions_total\{.*[1-9]$/.test(line));
        console.log(`Flink ${version}, decisions:\n${counted.join('\n')}`);
        expect(counted).toEqual(
          expect.arrayContaining([
            'flink_medic_restart_decisions_total{decision="accepted",reason=""} 2',
            'flink_medic_restart_decisions_total{decision="refused",reason="no_restore_point"} 1',
            'flink_medic_restart_decisions_total{decision="refused",reason="restore_point_missing"} 1',
          ]),
        );
      });
    });

    /** On the disk, in Flink's words. */
    function newestCheckpoint(id: string): { id: number; path: string } {
      const folder = join(cluster.checkpointDir, id);
      const numbers = readdirSync(folder).flatMap((name) => /^chk-(\d+)$/.exec(name)?.[1] ?? []);
      const newest = Math.max(...numbers.map(Number));
      return { id: newest, path: `file:${folder}/chk-${String(newest)}` };
    }
  });
}
