/** The ledger's disk is full or read-only: nothing is done that is not written down first, and all goes on when it is mended. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './repair.ts';

const RUN = '/jars/:jarid/run';
const UPLOAD = '/jars/upload';
const CONFIRM = { confirm: { running_for: '1s', checkpoint: false, timeout: '1m' } };

/** What goes wrong with the disk, seen from a statement of SQLite. */
class Disk {
  readonly #ledger: DatabaseSync;

  constructor({ medic }: Repair) {
    this.#ledger = new DatabaseSync(join(medic.storagePath, 'flink-medic.db'));
    onTestFinished(() => this.#ledger.close());
  }

  /** @param when what `NEW` must be */
  refuse(table: string, when = '1'): void {
    this.#ledger.exec(
      `CREATE TRIGGER full BEFORE INSERT ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    );
  }

  mend(): void {
    this.#ledger.exec('DROP TRIGGER full');
  }

  count(table: string): number {
    return Number(this.#ledger.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows);
  }
}

describe('an alert that cannot be stored', () => {
  it('is answered 503, leads to nothing, and is taken when it is sent again', async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { medic, cluster, jobManager } = repair;
    const disk = new Disk(repair);
    const failed = await repair.failed();
    const message = webhookMessage([
      { labels: repairWanted('c', 'orders', failed.jobId), startsAt: medic.time.manual.now() },
    ]);
    disk.refuse('deliveries');
    for (const _ of [1, 2, 3]) {
      const { status, text } = await postMessage(medic.url, TOKEN, message);
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ code: 'ledger_write' });
      await medic.advance(30_000);
    }
    expect((await medic.json<{ incidents: unknown[] }>('/api/v1/incidents')).incidents).toEqual([]);
    expect(jobManager.count(UPLOAD)).toBe(0);
    const page = await repair.page();
    expect(page.lines('flink_medic_webhook_rejected_total', 'unavailable')).toEqual([
      'flink_medic_webhook_rejected_total{reason="unavailable"} 3',
    ]);
    expect(page.lines('flink_job_final_status')).toHaveLength(1);

    disk.mend();
    await medic.advance(10_000);
    expect((await medic.get('/-/ready')).status).toBe(200);
    expect((await postMessage(medic.url, TOKEN, message)).status).toBe(202);
    await repair.untilIncident({ state: 'succeeded' });
    expect(cluster.submissions).toHaveLength(1);
  });

  it('leaves /metrics and the readiness to tell of it', async () => {
    const repair = await Repair.start();
    const { medic } = repair;
    const disk = new Disk(repair);
    const failed = await repair.failed();
    // The settings too: with them it tries whether there is room again.
    disk.refuse('settings');
    await expect(repair.alert(failed)).rejects.toThrow('503');
    await medic.advance(60_000);
    expect(await medic.get('/-/ready')).toMatchObject({
      status: 503,
      text: expect.stringContaining('the ledger to take incidents again'),
    });
    expect((await medic.get('/-/healthy')).status).toBe(200);
    const page = await repair.page();
    expect(page.lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 0']);
    expect(page.lines('flink_medic_ledger_errors_total', '"write"')[0]).toMatch(/ [1-9]\d*$/);
    disk.mend();
    await medic.advance(30_000);
    expect((await medic.get('/-/ready')).status).toBe(200);
    expect((await repair.page()).lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 1']);
  });
});

describe('an incident whose step cannot be stored', () => {
  /** The write that is refused, what the JobManager may have got by then, and whether it got the submission. */
  const steps: readonly [string, string, string, { uploads: number; runs: number }][] = [
    ['its intent', 'attempts', `NEW.state = 'intended'`, { uploads: 0, runs: 0 }],
    ['the budget that its intent takes', 'job_repairs', '1', { uploads: 0, runs: 0 }],
    ['that it is sent', 'attempts', `NEW.state = 'sending'`, { uploads: 1, runs: 0 }],
    ['that it was submitted', 'attempts', `NEW.state = 'submitted'`, { uploads: 1, runs: 1 }],
    ['that it has succeeded', 'attempts', `NEW.state = 'succeeded'`, { uploads: 1, runs: 1 }],
    ['the line of its story', 'incident_events', `NEW.kind = 'accepted'`, { uploads: 0, runs: 0 }],
  ];
  it.each(steps)('%s: waits there, and goes on when there is room', async (_what, table, when, asked) => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { cluster, jobManager, medic } = repair;
    const disk = new Disk(repair);
    const failed = await repair.failed();
    disk.refuse(table, when);
    await repair.alert(failed);
    const isRefused = async (): Promise<boolean> =>
      /"write"\} [1-9]/.test((await repair.page()).lines('flink_medic_ledger_errors_total').join());
    await repair.until('refusal', isRefused);
    const { manual } = medic.time;
    const later = manual.now() + 90_000;
    await repair.until('later', () => manual.now() >= later);
    expect({ uploads: jobManager.count(UPLOAD), runs: jobManager.count(RUN) }).toEqual(asked);
    expect(medic.log.filter(({ msg }) => String(msg).includes('fault of ours'))).toEqual([]);
    disk.mend();
    const { attempts } = await repair.untilIncident({ state: 'succeeded' });
    expect(attempts).toHaveLength(1);
    expect(cluster.submissions).toMatchObject([{ jobId: attempts[0]?.request.job_id }]);
    expect(disk.count('attempts')).toBe(1);
  });

  it('is taken up by the next process, where this one could not go on', async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { cluster } = repair;
    const disk = new Disk(repair);
    const failed = await repair.failed();
    disk.refuse('attempts', `NEW.state = 'submitted'`);
    await repair.alert(failed);
    await repair.until('submission', () => cluster.submissions.length === 1);
    await repair.medic.advance(60_000);
    disk.mend();
    await repair.restartMedic();
    await repair.untilIncident({ state: 'succeeded' });
    expect(cluster.submissions).toHaveLength(1);
  });
});
