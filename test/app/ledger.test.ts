/** A ledger that cannot be written stops neither observation nor /metrics, and nothing of it is lost while we live. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';

const POLL = 10_000;

describe('a ledger that refuses to be written', () => {
  it('makes it not ready, and is caught up with later', async () => {
    const time = new ManualTime();
    const { cluster, jobManager } = await startCluster({ clock: time.manual });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
    const medic = await RunningMedic.start({ config, time });
    expect((await medic.get('/-/ready')).text).toBe('flink-medic is ready.\n');

    const ledger = new DatabaseSync(join(medic.storagePath, 'flink-medic.db'));
    onTestFinished(() => ledger.close());
    ledger.exec(`CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    const orders = cluster.submit({ name: 'orders' }).run();
    await medic.advance(POLL);
    for (const path of ['/-/ready', '/readyz']) {
      expect(await medic.get(path)).toMatchObject({
        status: 503,
        text: 'flink-medic is not ready: the ledger to be writable again.\n',
      });
    }
    expect((await medic.get('/-/healthy')).status).toBe(200);
    const page = await medic.page();
    expect(page.lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 0']);
    expect(page.lines('flink_medic_ledger_errors_total', '"write"')[0]).toMatch(/ [1-9]\d*$/);
    expect(page.lines('flink_job_status', 'state="RUNNING"')).toHaveLength(1);
    expect(medic.log.filter(({ level }) => level === 'error').length).toBeGreaterThan(0);
    orders.finish();
    await medic.advance(POLL);
    expect((await medic.page()).lines('flink_job_final_status')).toHaveLength(1);

    ledger.exec('DROP TRIGGER full');
    await medic.advance(POLL);
    expect((await medic.get('/-/ready')).status).toBe(200);
    expect((await medic.page()).lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 1']);
    await medic.stop();

    cluster.restart();
    const next = await RunningMedic.start({ config, time, storagePath: medic.storagePath });
    expect((await next.page()).lines(['flink_job_final_status', 'flink_job_runs_ended_total'], 'FINISHED')).toEqual([
      `flink_job_final_status{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders",status="FINISHED",source="live"} 1`,
      'flink_job_runs_ended_total{flink_cluster="prod",job_name="orders",status="FINISHED"} 1',
    ]);
    const history = (await next.explain('prod', 'orders'))[0]?.history;
    expect(history?.map(({ event }) => event)).toEqual(['seen', 'ended']);
  });
});

describe('a ledger that another flink-medic has open', () => {
  it('is refused at the start, and nothing is left running', async () => {
    const config = { clusters: [{ name: 'prod', jobmanagers: ['http://127.0.0.1:9'], archives: [] }] };
    const first = await RunningMedic.start({ config });
    const time = new ManualTime();
    const second = RunningMedic.start({ config, time, storagePath: first.storagePath });
    await expect(second).rejects.toMatchObject({
      code: 'ledger_locked',
      message: expect.stringContaining('--storage.path'),
    });
    expect(time.pending).toBe(0);
    await first.stop();
    await RunningMedic.start({ config, storagePath: first.storagePath });
  });

  it('is given back when the address cannot be had', async () => {
    const config = { clusters: [{ name: 'prod', jobmanagers: ['http://127.0.0.1:9'], archives: [] }] };
    const first = await RunningMedic.start({ config });
    const storagePath = temporaryFolder();
    const listenAddresses = [new URL(first.url).host];
    const second = RunningMedic.start({ config, storagePath, listenAddresses });
    await expect(second).rejects.toMatchObject({ code: 'listen', message: expect.stringContaining('in use') });
    await RunningMedic.start({ config, storagePath });
  });
});
