/** Jobs that fail again and again: attempts, back-off and budget as configured, each from what the last one completed. */

import { describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import type { IncidentStoryResource } from '../../../src/http/incident-resources.ts';
import { Repair, type RepairOptions } from './repair.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Every run that is submitted completes one checkpoint and fails. */
async function failing(options: RepairOptions = {}): Promise<Repair> {
  const repair = await Repair.start(options);
  repair.cluster.onSubmit = (job) => {
    const id = (job.checkpoints?.latestRestored?.id ?? 0) + 1;
    job.run().completeCheckpoint({ path: repair.checkpoint(job.jobId, id) });
    return job.fail();
  };
  return repair;
}

/** A run of the job that goes on until the test ends it. */
function startByHand(repair: Repair): FakeJob {
  const job = repair.cluster.submit({ name: 'orders' }).run();
  job.completeCheckpoint({ path: repair.checkpoint(job.jobId, 1) });
  return job;
}

/** Seconds between the failure of each attempt and the intent of the next one. */
function pauses(attempts: IncidentStoryResource['attempts']): number[] {
  return attempts
    .slice(1)
    .map(({ intended }, index) => (Date.parse(intended) - Date.parse(attempts[index]?.ended ?? '')) / 1000);
}

async function succeed(repair: Repair, id: number): Promise<FakeJob> {
  await repair.untilIncident({ state: 'confirming' }, { id });
  const job = repair.cluster.jobs.at(-1) as FakeJob;
  job.completeCheckpoint({ path: repair.checkpoint(job.jobId, 99) });
  await repair.untilIncident({ state: 'succeeded' }, { id });
  return job;
}

describe('a job that fails again at once', () => {
  it('gets its attempts, each from what the one before completed, until they are used up', async () => {
    const repair = await failing({
      policy: { backoff: { initial: '1m', factor: 3, max: '2m' }, budget: { attempts: 4, per: '2h' } },
    });
    const first = await repair.failed();
    await repair.alert(first);
    const { attempts, reason } = await repair.untilIncident({ state: 'exhausted' }, { withinMs: 20 * MINUTE });
    expect(reason).toBe('budget_exhausted');
    expect(attempts.map(({ state, failure }) => [state, failure])).toEqual(
      [1, 2, 3, 4].map(() => ['failed', 'ended_again']),
    );
    const paths = [first, ...repair.cluster.jobs.slice(1)].map(({ jobId }, index) =>
      repair.checkpoint(jobId, index + 1),
    );
    expect(repair.cluster.submissions.map(({ savepointPath }) => savepointPath)).toEqual(paths.slice(0, 4));
    const waited = pauses(attempts);
    // Two looks, ten seconds apart, come on top.
    for (const [index, seconds] of [60, 120, 120].entries()) {
      expect(waited[index]).toBeGreaterThanOrEqual(seconds);
      expect(waited[index]).toBeLessThan(seconds + 30);
    }
    expect(
      (await repair.page()).lines(['flink_medic_restart_attempts_total', 'flink_medic_restart_budget_remaining']),
    ).toEqual([
      'flink_medic_restart_attempts_total{flink_cluster="c",job_name="orders",result="succeeded"} 0',
      'flink_medic_restart_attempts_total{flink_cluster="c",job_name="orders",result="failed"} 4',
      'flink_medic_restart_attempts_total{flink_cluster="c",job_name="orders",result="unconfirmed"} 0',
      'flink_medic_restart_attempts_total{flink_cluster="c",job_name="orders",result="withdrawn"} 0',
      'flink_medic_restart_budget_remaining{flink_cluster="c",job_name="orders"} 0',
    ]);
  });

  it('is forgotten by no restart of flink-medic in between', async () => {
    const repair = await failing({ policy: { triggers: { watchdog: true } } });
    await repair.failed();
    for (const number of [1, 2, 3]) {
      await repair.until(`submission ${String(number)}`, () => repair.cluster.submissions[number - 1]);
      await repair.restartMedic(1_000);
    }
    const incident = await repair.untilIncident({ state: 'exhausted' }, { withinMs: 20 * MINUTE });
    expect(incident.attempts.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    const [second = 0, third = 0] = pauses(incident.attempts);
    expect(second).toBeGreaterThanOrEqual(10);
    expect(third).toBeGreaterThanOrEqual(20);
    await repair.restartMedic(MINUTE);
    await repair.medic.advance(10 * MINUTE);
    expect(repair.cluster.submissions).toHaveLength(3);
    expect(await repair.told()).toEqual([
      'flink_medic_incident{flink_cluster="c",job_name="orders",state="exhausted",reason="budget_exhausted"} 1',
    ]);
  });

  it('has one incident, whatever is said of the runs that the attempts started', async () => {
    const repair = await failing({ policy: { budget: { attempts: 2, per: '1h' } } });
    await repair.alert(await repair.failed());
    const again = await repair.until('submission', () => repair.cluster.jobs[1]);
    await repair.until('end', async () => (await repair.medic.jobs()).some(({ job_id }) => job_id === again.jobId));
    expect(await repair.alert(again)).toMatchObject({ became: 'joined', incident: 1 });
    await repair.untilIncident({ state: 'exhausted' });
    for (const job of repair.cluster.jobs)
      expect(await repair.alert(job)).toMatchObject({ became: 'joined', incident: 1 });
    expect(
      await repair.alertOf({ alertname: 'FlinkJobRepairWanted', flink_cluster: 'c', job_name: 'orders' }),
    ).toMatchObject({ became: 'joined', incident: 1 });
    // Long after the budget's time, too.
    await repair.restartMedic(2 * HOUR);
    for (const job of repair.cluster.jobs) await repair.alert(job);
    await repair.medic.advance(5 * MINUTE);
    expect(await repair.incident()).toMatchObject({ state: 'exhausted', reason: 'budget_exhausted' });
    expect((await repair.medic.json<{ incidents: unknown[] }>('/api/v1/incidents')).incidents).toHaveLength(1);
    expect(repair.cluster.submissions).toHaveLength(2);
  });

  it('is brought back beyond its budget when a person lifts that, and then keeps the rules again', async () => {
    const repair = await failing({ policy: { budget: { attempts: 1, per: '1h' } } });
    await repair.alert(await repair.failed());
    await repair.untilIncident({ state: 'exhausted' });
    const order = { flink_cluster: 'c', job: 'orders' };
    await repair.order('restarts', order);
    await repair.untilIncident({ state: 'exhausted', reason: 'exhausted' });
    expect(repair.cluster.submissions).toHaveLength(1);
    await repair.order('restarts', { ...order, lift: ['exhausted'] });
    await repair.until('submission', () => repair.cluster.submissions[1]);
    await repair.untilIncident({ state: 'exhausted', reason: 'budget_exhausted' });
    expect(repair.cluster.submissions).toHaveLength(2);
    // Success ends it.
    repair.cluster.onSubmit = (job) => job.run();
    await repair.order('restarts', { ...order, lift: ['exhausted'] });
    await succeed(repair, 1);
    expect(await repair.told()).not.toContainEqual(expect.stringContaining('flink_medic_incident'));
  });
});

describe('the budget of a job', () => {
  it('holds for it across incidents, until it has run for as long as the budget counts', async () => {
    const repair = await failing({ policy: { budget: { attempts: 1, per: '20m' }, triggers: { watchdog: true } } });
    await repair.failed();
    await repair.untilIncident({ state: 'exhausted' });
    // A person starts it, and it fails after ten minutes.
    const second = startByHand(repair);
    await repair.medic.advance(10 * MINUTE);
    second.fail();
    await repair.untilIncident({ state: 'exhausted', reason: 'exhausted' }, { id: 2 });
    // It fails after half an hour.
    const third = startByHand(repair);
    await repair.medic.advance(30 * MINUTE);
    third.fail();
    await repair.until('submission', () => repair.cluster.submissions[1]);
  });

  it('counts restarts that succeeded, and the back-off grows from the end of the run', async () => {
    const repair = await Repair.start({
      policy: {
        triggers: { watchdog: true },
        backoff: { initial: '2m', factor: 2, max: '10m' },
        budget: { attempts: 2, per: '1h' },
      },
    });
    await repair.failed();
    (await succeed(repair, 1)).fail();
    const first = repair.medic.time.manual.now();
    await repair.untilIncident({ state: 'backing_off', reason: 'back_off' }, { id: 2 });
    await repair.until('submission', () => repair.cluster.submissions[1]);
    expect(repair.medic.time.manual.now() - first).toBeGreaterThanOrEqual(2 * MINUTE);
    (await succeed(repair, 2)).fail();
    expect(await repair.untilIncident({ state: 'exhausted' }, { id: 3 })).toMatchObject({ reason: 'budget_exhausted' });
  });
});
