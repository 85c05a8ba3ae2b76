/** A damaged ledger under the whole program: at the start, with --ledger.rebuild, and while it runs. */

import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './restarts/repair.ts';
import { startCluster } from './support/fake.ts';
import { MedicProcess } from './support/medic-process.ts';
import { temporaryFolder } from './support/medic.ts';

const CONFIRM = { confirm: { running_for: '1s', checkpoint: false, timeout: '1m' } };

/** Overwrites the first page of each of these tables and indexes, also in a ledger that is open. */
function overwritePagesOf(file: string, ...names: readonly string[]): void {
  const db = new DatabaseSync(file);
  // What is in the write-ahead log would cover it.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const pages = names.map((name) =>
    Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.rootpage),
  );
  const size = Number(db.prepare('PRAGMA page_size').get()?.page_size);
  const descriptor = openSync(file, 'r+');
  for (const page of pages) writeSync(descriptor, Buffer.alloc(size, 0xaa), 0, size, (page - 1) * size);
  closeSync(descriptor);
  db.close();
}

describe('a process whose ledger is damaged', () => {
  it('ends with 1 and one line that says what to do; with --ledger.rebuild it starts and says what was lost', async () => {
    const { cluster, jobManager } = await startCluster();
    cluster.submit({ name: 'orders' }).run();
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'medic.yml'),
      JSON.stringify({ clusters: [{ name: 'c', jobmanagers: [jobManager.baseUrl] }] }),
    );
    writeFileSync(join(folder, 'flink-medic.db'), 'once upon a time '.repeat(500));
    const flags = ['--config.file=medic.yml', '--storage.path=.'];
    const refused = new MedicProcess(flags, folder);
    expect(await refused.exited()).toBe(1);
    const said = refused.log.filter((line) => !line.startsWith('{'));
    expect(said).toEqual([
      expect.stringMatching(/^flink-medic: .*flink-medic\.db is damaged: file is not a database.*--ledger\.rebuild/),
    ]);
    expect(readdirSync(folder).filter((name) => name.includes('.damaged-'))).toEqual([]);

    const rebuilt = new MedicProcess([...flags, '--ledger.rebuild'], folder);
    const page = await rebuilt.pageWith('flink_medic_ledger_writable 1');
    expect(page.lines('flink_medic_ledger_rebuilt_timestamp_seconds')).toHaveLength(1);
    expect(rebuilt.log.join('\n')).toMatch(/"warn".*is made anew.*Lost: /);
    expect(await rebuilt.end('SIGTERM')).toBe(0);
    const [aside = ''] = readdirSync(folder).filter((name) => name.includes('.damaged-'));
    expect(readFileSync(join(folder, aside), 'utf8')).toMatch(/^once upon a time/);

    const sound = new MedicProcess([...flags, '--ledger.rebuild'], folder);
    await sound.pageWith('flink_medic_ledger_writable 1');
    expect(sound.log.join('\n')).toMatch(/the ledger is sound/);
    expect(await sound.end('SIGTERM')).toBe(0);
  });
});

describe('a ledger that is made anew', () => {
  it.each([
    ['incidents', ['incidents']],
    ['runs', ['runs']],
    ['everything', ['runs', 'incidents', 'settings', 'job_repairs']],
  ])('without its %s: nothing that ended before is restarted, and what ends later is', async (_what, lost) => {
    const archives = temporaryFolder();
    const repair = await Repair.start({
      flink: { archiveFolder: archives },
      archives: [archives],
      policy: { ...CONFIRM, triggers: { alerts: ['FlinkJobRepairWanted'], watchdog: true } },
    });
    const { cluster } = repair;
    // One that was brought back, and one whose restart is paused.
    const first = await repair.failed();
    await repair.untilIncident({ state: 'succeeded' });
    await repair.order('pause');
    const second = cluster.jobs.find((job) => job.endTime === undefined)?.fail();
    await repair.medic.advance(60_000);
    expect(cluster.submissions).toHaveLength(1);
    const config = repair.config();
    const { time, storagePath } = repair.medic;
    await repair.medic.stop();
    overwritePagesOf(join(storagePath, 'flink-medic.db'), ...lost);
    await expect(repair.startMedic({ config, time, storagePath })).rejects.toMatchObject({ code: 'ledger_unusable' });

    await repair.startMedic({ config, time, storagePath, rebuildLedger: true });
    await repair.order('resume');
    await repair.medic.advance(300_000);
    await repair.alert(first);
    if (second !== undefined) await repair.alert(second);
    await repair.medic.advance(300_000);
    expect(cluster.submissions).toHaveLength(1);
    const page = await repair.page();
    expect(page.lines('flink_job_final_status', 'FAILED')).toHaveLength(2);
    const counted = page.lines('flink_job_runs_ended_total', '"FAILED"');
    expect(counted).toEqual(['flink_job_runs_ended_total{flink_cluster="c",job_name="orders",status="FAILED"} 2']);

    const third = await repair.running();
    third.fail();
    await repair.until('the restart of the third', () => cluster.submissions.length === 2);
    await repair.medic.advance(60_000);
    expect(cluster.submissions).toHaveLength(2);
  });
});

describe('a ledger that turns out to be damaged', () => {
  it('stops restarts and the webhook, and nothing else', async () => {
    const repair = await Repair.start({ policy: CONFIRM });
    const { medic, cluster } = repair;
    const failed = await repair.failed();
    overwritePagesOf(join(medic.storagePath, 'flink-medic.db'), 'events_of_run');
    // Somebody looks at what happened to the run.
    expect((await medic.get('/api/v1/explain/c/orders')).status).toBeGreaterThanOrEqual(500);
    const labels = repairWanted('c', 'orders', failed.jobId);
    const message = webhookMessage([{ labels, startsAt: medic.time.manual.now() }]);
    expect(await postMessage(medic.url, TOKEN, message)).toMatchObject({
      status: 503,
      text: expect.stringContaining('--ledger.rebuild'),
    });
    cluster.submit({ name: 'payments' }).run();
    await medic.advance(120_000);
    expect((await medic.get('/-/ready')).status).toBe(503);
    expect((await medic.get('/-/healthy')).status).toBe(200);
    const page = await repair.page();
    expect(page.lines('flink_job_status', 'job_name="payments",state="RUNNING"')).toEqual([
      expect.stringMatching(/ 1$/),
    ]);
    expect(page.lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 0']);
    expect(medic.log.filter(({ msg }) => /malformed.*--ledger\.rebuild/.test(String(msg))).length).toBeGreaterThan(0);
    expect(medic.log.filter(({ msg }) => String(msg).includes('fault of ours'))).toEqual([]);
    expect(cluster.submissions).toEqual([]);
  });
});
