/** Failures that the policy excludes, or that nobody asked about. */

import { describe, expect, it } from 'vitest';
import { Repair, repairWanted } from './repair.ts';

const NEVER_ON = { exceptions: ['/.*ClassNotFound.*/'], failure_labels: { type: 'USER' } };

describe('a cause that never_on names', () => {
  it.each([
    { exception: 'java.lang.ClassNotFoundException' },
    { exception: 'java.lang.RuntimeException', labels: { type: 'USER' } },
  ])('is left to people: %o', async (failure) => {
    const repair = await Repair.start({ policy: { never_on: NEVER_ON, triggers: { watchdog: true } } });
    (await repair.running()).fail(failure);
    const { detail } = await repair.untilIncident({ state: 'refused', reason: 'failure_class' });
    expect(detail).toContain(failure.exception);
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('does not concern other causes', async () => {
    const repair = await Repair.start({ policy: { never_on: NEVER_ON, triggers: { watchdog: true } } });
    (await repair.running()).fail({ exception: 'java.io.IOException', labels: { type: 'SYSTEM' } });
    await repair.until('submission', () => repair.cluster.submissions[0]);
  });

  it('is not overlooked while the JobManager does not tell it', async () => {
    const repair = await Repair.start({ policy: { never_on: NEVER_ON, triggers: { watchdog: true } } });
    const job = await repair.running();
    repair.jobManager.faults.set('/jobs/:jobid/exceptions', { kind: 'status', status: 500 });
    job.fail({ exception: 'java.lang.ClassNotFoundException' });
    await repair.untilIncident({ state: 'deferred', reason: 'cannot_verify' });
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
    repair.jobManager.faults.clear();
    await repair.untilIncident({ state: 'refused', reason: 'failure_class' });
  });
});

describe('who asks', () => {
  it('must be in the policy', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const labels = { ...repairWanted('c', 'orders', failed.jobId), alertname: 'SomethingElse' };
    expect(await repair.alertOf(labels)).toMatchObject({ became: 'ignored', reason: 'not_opted_in' });
    await repair.medic.advance(60_000);
    expect(repair.cluster.submissions).toEqual([]);
    expect((await repair.page()).text).toContain('flink_medic_alerts_ignored_total{reason="not_opted_in"} 1');
  });

  it('may be the watchdog and an alert, for one restart', async () => {
    const repair = await Repair.start({ policy: { triggers: { watchdog: true } } });
    const failed = await repair.failed();
    expect(await repair.alert(failed)).toMatchObject({ became: 'joined', incident: 1 });
    await repair.until('submission', () => repair.cluster.submissions[0]);
    await repair.medic.advance(120_000);
    expect(repair.cluster.submissions).toHaveLength(1);
    expect((await repair.incident()).triggers.map(({ kind }) => kind)).toEqual(['watchdog', 'alert']);
  });

  it('may fire and resolve again and again, for one restart', async () => {
    const repair = await Repair.start();
    const failed = await repair.failed();
    const at = repair.medic.time.manual.now();
    for (let round = 1; round <= 30; round += 1) {
      await repair.alert(failed, { startsAt: at - round });
      await repair.alert(failed, { startsAt: at - round, endsAt: at });
    }
    await repair.until('submission', () => repair.cluster.submissions[0]);
    await repair.medic.advance(120_000);
    expect(repair.cluster.submissions).toHaveLength(1);
  });

  it('is answered about the newest failure, when an older one of the job still waits', async () => {
    const repair = await Repair.start({ policy: { triggers: { watchdog: true } } });
    await repair.order('pause');
    await repair.failed();
    const second = await repair.failed();
    await repair.order('resume');
    const sent = await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(sent).toMatchObject({ savepointPath: repair.checkpoint(second.jobId, 1) });
    expect(await repair.incident(1)).toMatchObject({ state: 'refused', reason: 'superseded' });
    await repair.medic.advance(120_000);
    expect(repair.cluster.submissions).toHaveLength(1);
  });
});
