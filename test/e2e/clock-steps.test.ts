/** The clock of our machine is set, by an hour or a year, forward or back; that of the JobManagers goes on as it did. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { Repair } from './restarts/repair.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic } from './support/medic.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

/** Of which only the wall clock of flink-medic is set. */
class SetTime extends ManualTime {
  aheadMs = 0;

  override readonly clock: Clock = {
    now: () => this.manual.now() + this.aheadMs,
    monotonic: () => this.manual.now(),
  };
}

const STEPS: readonly [string, number][] = [
  ['an hour forward', HOUR],
  ['an hour back', -HOUR],
  ['a year forward', YEAR],
  ['a year back', -YEAR],
];

describe.each(STEPS)('a clock that is set %s', (_what, stepMs) => {
  it('delays nothing that is observed, and changes nothing that is final', async () => {
    const time = new SetTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const config = { clusters: [{ name: 'c', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    const [orders, payments, old] = ['orders', 'payments', 'old'].map((name) => cluster.submit({ name }).run());
    old?.fail();
    await medic.advance(MINUTE);
    if (payments !== undefined) cluster.forget(payments);
    await medic.advance(10_000);
    const before = (await medic.page()).lines('flink_job_final_status');
    expect(before).toHaveLength(1);

    time.aheadMs = stepMs;
    orders?.restart().restarted();
    await medic.advance(2 * MINUTE);
    const page = await medic.page();
    expect(page.lines('flink_job_restarts_total', 'orders')).toEqual([expect.stringMatching(/ 1$/)]);
    expect(page.lines('flink_job_final_status', 'VANISHED')).toEqual([expect.stringContaining('payments')]);
    expect(page.lines('flink_job_final_status')).toEqual(expect.arrayContaining(before));
    const warnings = medic.log.filter(({ msg }) => String(msg).includes('everything is asked for anew'));
    expect(warnings).toMatchObject([{ seconds: stepMs / 1000 }]);
  });

  it('neither stops restarts nor makes them more', async () => {
    const time = new SetTime();
    const repair = await Repair.start({
      policy: {
        triggers: { watchdog: true },
        budget: { attempts: 5, per: '1h' },
        confirm: { running_for: '10s', checkpoint: false, timeout: '1m' },
      },
      medic: { time },
    });
    const { cluster, medic } = repair;
    await repair.failed();
    await repair.untilIncident({ state: 'succeeded' });
    time.aheadMs = stepMs;
    await medic.advance(MINUTE);
    cluster.jobs.find((job) => job.endTime === undefined)?.fail();
    await repair.untilIncident({ state: 'succeeded' }, { id: 2 });
    await medic.advance(2 * MINUTE);
    expect(cluster.submissions).toHaveLength(2);
  });
});

/** With a run that only the ledger knows. */
async function setForward(): Promise<{ medic: RunningMedic; time: SetTime; count: (table: string) => unknown }> {
  const time = new SetTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  const config = { clusters: [{ name: 'c', jobmanagers: [jobManager.baseUrl], archives: [] }] };
  const medic = await RunningMedic.start({ config, time });
  const orders = cluster.submit({ name: 'orders' }).run().finish();
  await medic.advance(MINUTE);
  cluster.forget(orders);
  await medic.advance(MINUTE);
  const ledger = new DatabaseSync(join(medic.storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  const count = (table: string): unknown => ledger.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'];
  time.aheadMs = YEAR;
  await medic.advance(3 * MINUTE);
  return { medic, time, count };
}

describe('a clock that is set a year forward', () => {
  it('takes nothing off the page before the JobManager is asked again', async () => {
    const time = new SetTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const clusters = [{ name: 'c', jobmanagers: [jobManager.baseUrl], archives: [] }];
    // The retention comes once a minute, and so before the third observation.
    const medic = await RunningMedic.start({ config: { observe: { interval: '50s' }, clusters }, time });
    cluster.submit({ name: 'orders' }).run();
    cluster.submit({ name: 'old' }).run().fail();
    await medic.advance(55_000);
    time.aheadMs = YEAR;
    for (const passed of [10_000, MINUTE, 2 * MINUTE]) {
      await medic.advance(passed);
      expect((await medic.page()).lines('flink_job_final_status')).toHaveLength(1);
    }
  });

  it('takes nothing out of the ledger, and nothing is lost when it is set right', async () => {
    const { medic, time, count } = await setForward();
    expect([count('runs'), count('tombstones')]).toEqual([1, 0]);
    time.aheadMs -= 10_000;
    await medic.advance(2 * MINUTE);
    expect([count('runs'), count('tombstones')], 'set right by some seconds').toEqual([1, 0]);
    time.aheadMs = 0;
    await medic.advance(2 * MINUTE);
    expect([count('runs'), count('tombstones')]).toEqual([1, 0]);
    expect((await medic.page()).lines('flink_job_final_status')).toHaveLength(1);
  });

  it('is believed when it has stayed so for an hour', async () => {
    const { medic, time, count } = await setForward();
    time.manual.advance(HOUR);
    await medic.advance(2 * MINUTE);
    expect([count('runs'), count('tombstones')]).toEqual([0, 1]);
  });
});
