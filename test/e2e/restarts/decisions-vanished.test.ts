/** Runs whose end nobody saw: brought back only where nobody else can bring them back, and only after a while. */

import { describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { startJobManager } from '../support/fake.ts';
import { Repair, type RepairOptions } from './repair.ts';

const MINUTE = 60_000;

describe('a run that VANISHED', () => {
  const policy = { on: ['FAILED', 'VANISHED'], vanished_wait: '10m' };
  const quick = { observe: { grace: '30s' } };

  async function vanished(options: RepairOptions): Promise<{ repair: Repair; job: FakeJob }> {
    const repair = await Repair.start({ config: quick, ...options });
    const job = await repair.running();
    repair.cluster.restart();
    repair.jobManager.replaceProcess();
    await repair.until('VANISHED', async () => (await repair.medic.jobs()).some(({ state }) => state === 'VANISHED'));
    return { repair, job };
  }

  it('is left to people unless the policy wants it', async () => {
    const { repair, job } = await vanished({});
    await repair.alert(job);
    await repair.medic.advance(10 * MINUTE);
    await repair.untilIncident({ state: 'refused', reason: 'not_failed' });
  });

  it('is brought back after vanished_wait, from the newest checkpoint in its folder', async () => {
    const { repair, job } = await vanished({ policy });
    const newest = repair.checkpoint(job.jobId, 7);
    await repair.alert(job);
    await repair.untilIncident({ state: 'waiting', reason: 'vanished_wait' });
    await repair.medic.advance(9 * MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
    expect(await repair.until('submission', () => repair.cluster.submissions[0])).toMatchObject({
      savepointPath: newest,
    });
  });

  it('and shows itself again, goes on alone', async () => {
    const { repair, job } = await vanished({ policy });
    await repair.alert(job);
    await repair.untilIncident({ state: 'waiting', reason: 'vanished_wait' });
    repair.cluster.submit({ name: 'orders', jobId: job.jobId }).run();
    await repair.medic.advance(11 * MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
    expect((await repair.incident()).state).not.toBe('waiting');
  });

  it('under high availability is left to that', async () => {
    const flink = { options: { 'high-availability.type': 'zookeeper' } };
    const { repair, job } = await vanished({ policy, flink });
    await repair.alert(job);
    await repair.untilIncident({ state: 'waiting', reason: 'vanished_wait' });
    await repair.medic.advance(10 * MINUTE);
    await repair.untilIncident({ state: 'refused', reason: 'vanished_under_ha' });
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('is brought back by an alert that waited for its end while no JobManager answered', async () => {
    const repair = await Repair.start({ config: quick, policy: { ...policy, vanished_wait: '1m' } });
    const job = await repair.running();
    const { port } = repair.jobManager;
    await repair.jobManager.stop();
    await repair.medic.advance(30_000);
    expect(await repair.alert(job)).toMatchObject({ became: 'stored' });
    await repair.medic.advance(20 * MINUTE);
    repair.cluster.restart();
    await startJobManager(repair.cluster, { port });
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });
});
