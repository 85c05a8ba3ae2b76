/** Archives as the only witness: half-written, completed, removed, of both layouts; and runs that left nothing behind. */

import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeArchive } from '../fake-flink/archive-writer.ts';
import { FakeCluster } from '../fake-flink/fake-cluster.ts';
import type { FakeJob } from '../fake-flink/fake-job.ts';
import type { FakeJobManager } from '../fake-flink/fake-job-manager.ts';
import { startCluster, startJobManager } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const POLL = 10_000;
const SCAN = 30_000;
const GRACE = 60_000;

let time: ManualTime;
let folder: string;
let cluster: FakeCluster;
let orders: FakeJob;
let config: object;
let medic: RunningMedic;

beforeEach(async () => {
  time = new ManualTime();
  folder = temporaryFolder();
  const flink = await startCluster({ version: '1.20', clock: time.manual, archiveFolder: folder });
  cluster = flink.cluster;
  orders = cluster.submit({ name: 'orders' }).run();
  config = { clusters: [{ name: 'prod', jobmanagers: [flink.jobManager.baseUrl], archives: [folder] }] };
  medic = await RunningMedic.start({ config, time });
});

const verdict = (name = 'orders'): Promise<string> => medic.verdict(name);
const count = async (family: string, part?: string): Promise<number> => (await medic.page()).sum(family, part);

/** The job ended and the JobManager lost it, without an archive. */
function loseWithoutArchive(end: (job: FakeJob) => void): void {
  cluster.archiving = false;
  end(orders);
  cluster.restart();
}

describe('a half-written archive', () => {
  beforeEach(async () => {
    loseWithoutArchive((job) => job.fail());
    writeArchive(folder, cluster, orders, { cutAt: 1_500 });
    await medic.advance(SCAN);
  });

  it('is no outcome, however long it lies there', async () => {
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_files', 'condition="incomplete"')).toBe(1);
    const written = Math.trunc(statSync(join(folder, orders.jobId)).mtimeMs) / 1000;
    expect(await count('flink_archive_oldest_incomplete_timestamp_seconds')).toBe(written);
    await medic.advance(20 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_job_runs_ended_total')).toBe(0);
    expect(await count('flink_job_runs_vanished_total')).toBe(0);
  });

  it('is one when it is completed, once', async () => {
    writeArchive(folder, cluster, orders);
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED archive');
    expect(await count('flink_archive_files', 'condition="indexed"')).toBe(1);
    expect(await count('flink_archive_files', 'condition="incomplete"')).toBe(0);
    expect((await medic.page()).lines('flink_archive_oldest_incomplete_timestamp_seconds')).toEqual([]);
    const bytes = await count('flink_archive_read_bytes_total');
    await medic.advance(20 * SCAN);
    expect(await count('flink_job_runs_ended_total')).toBe(1);
    expect(await count('flink_medic_state_recoveries_total')).toBe(1);
    expect(await count('flink_archive_read_bytes_total')).toBe(bytes);
  });
});

describe('an archive that was read', () => {
  it('keeps its outcome when it is removed', async () => {
    cluster.submit({ name: 'report' }).run().finish();
    orders.cancel();
    cluster.restart();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('CANCELED archive');
    rmSync(join(folder, orders.jobId));
    await medic.advance(10 * SCAN);
    expect(await verdict()).toBe('CANCELED archive');
    expect(await count('flink_archive_files', 'condition="indexed"')).toBe(1);
    await medic.stop();
    medic = await RunningMedic.start({ config, time, storagePath: medic.storagePath });
    await medic.advance(10 * SCAN);
    expect(await verdict()).toBe('CANCELED archive');
    expect(await count('flink_job_runs_ended_total', 'job_name="orders"')).toBe(1);
  });

  it('says all that is known of the run', async () => {
    await medic.advance(POLL / 2);
    orders.completeCheckpoint({ sizeBytes: 12_345, durationMs: 250 });
    orders.restart({ exception: 'com.example.Broken', labels: { type: 'USER' } }).restarted();
    orders.fail({ exception: 'com.example.BrokenForGood', message: 'never a label' });
    cluster.restart();
    await medic.advance(SCAN);
    const labels = `flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"`;
    const page = await medic.page();
    const families = [
      'flink_job_info',
      'flink_job_status',
      'flink_job_final_status',
      'flink_job_superseded',
      'flink_job_start_timestamp_seconds',
      'flink_job_end_timestamp_seconds',
      'flink_job_restarts_total',
      'flink_job_last_failure_info',
      'flink_job_checkpoints_completed_total',
      'flink_job_checkpoint_last_duration_seconds',
      'flink_job_checkpoint_last_size_bytes',
    ];
    expect(page.lines(families)).toEqual([
      `flink_job_info{${labels},job_type="STREAMING",scheduler="",application_id=""} 1`,
      `flink_job_status{${labels},state="FAILED"} 1`,
      `flink_job_final_status{${labels},status="FAILED",source="archive"} 1`,
      `flink_job_superseded{${labels}} 0`,
      `flink_job_start_timestamp_seconds{${labels}} ${String(orders.startTime / 1000)}`,
      `flink_job_end_timestamp_seconds{${labels}} ${String((orders.endTime ?? 0) / 1000)}`,
      `flink_job_restarts_total{${labels}} 1`,
      `flink_job_last_failure_info{${labels},exception="com.example.BrokenForGood",task="Source: orders",failure_label=""} 1`,
      `flink_job_checkpoints_completed_total{${labels}} 1`,
      `flink_job_checkpoint_last_duration_seconds{${labels}} 0.25`,
      `flink_job_checkpoint_last_size_bytes{${labels}} 12345`,
    ]);
    expect(page.text).not.toContain('never a label');
  });

  it('may be of either layout, mixed in one folder, beside what is no archive', async () => {
    const newer = await startCluster({ version: '2.3', clock: time.manual, archiveFolder: folder });
    newer.cluster
      .submit({ name: 'payments', jobId: '7'.repeat(32) })
      .run()
      .finish();
    newer.cluster.submit({ name: 'report', jobId: '8'.repeat(32) }).failInitialisation();
    mkdirSync(join(folder, '9'.repeat(32)));
    writeFileSync(join(folder, 'README'), 'not an archive');
    orders.finish();
    cluster.restart();
    await medic.advance(SCAN);
    expect(await verdict('orders')).toBe('FINISHED archive');
    expect(await verdict('payments')).toBe('FINISHED archive');
    expect(await verdict('report')).toBe('FAILED archive');
    expect(await count('flink_archive_files', 'condition="indexed"')).toBe(3);
    expect(await count('flink_archive_files')).toBe(3);
    expect(await count('flink_archive_up')).toBe(1);
  });
});

describe('a run that a restarted JobManager does not know', () => {
  it('is VANISHED after the grace time and a complete scan that began later, not before', async () => {
    cluster.restart();
    await medic.advance(POLL);
    const missedAt = time.manual.now();
    while ((await verdict()) === 'UNKNOWN not_listed') await medic.advance(1_000);
    expect(await verdict()).toBe('VANISHED none');
    expect(time.manual.now() - missedAt).toBeGreaterThanOrEqual(GRACE);
    expect(time.manual.now() - missedAt).toBeLessThanOrEqual(GRACE + 2 * SCAN);
    expect(await count('flink_job_runs_vanished_total')).toBe(1);
    expect(await count('flink_job_runs_ended_total')).toBe(0);
    expect(await count('flink_job_live_runs')).toBe(0);
    // That a job is not there is an answer, not a failure.
    expect(await count('flink_cluster_observation_failures_total')).toBe(0);
    expect(medic.log.filter(({ level }) => level === 'warn')).toEqual([]);
    const lastAlive = (missedAt - POLL) / 1000;
    expect((await medic.page()).lines('flink_job_end_timestamp_seconds')).toEqual([
      `flink_job_end_timestamp_seconds{flink_cluster="prod",job_id="${orders.jobId}",job_name="orders"} ${String(lastAlive)}`,
    ]);
    const [explained] = await medic.explain('prod', 'orders');
    expect(explained?.rule).toBe('vanished');
    expect(explained?.history.map(({ event }) => event)).toEqual(['seen', 'vanished']);
  });

  it('stays UNKNOWN without a complete scan, and is VANISHED after one', async () => {
    renameSync(folder, `${folder}.away`);
    await medic.advance(SCAN);
    expect(await count('flink_archive_up')).toBe(0);
    cluster.restart();
    await medic.advance(20 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    renameSync(`${folder}.away`, folder);
    await medic.advance(SCAN + POLL);
    expect(await verdict()).toBe('VANISHED none');
  });

  it('stays UNKNOWN while a folder that had archives shows none: it is not mounted, perhaps', async () => {
    cluster.submit({ name: 'report' }).run().finish();
    await medic.advance(SCAN);
    renameSync(folder, `${folder}.away`);
    mkdirSync(folder);
    await medic.advance(SCAN);
    loseWithoutArchive((job) => job.fail());
    await medic.advance(20 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_up')).toBe(0);
    expect(await count('flink_archive_files', 'condition="indexed"')).toBe(1);
    expect(medic.log.filter(({ level }) => level === 'warn')).toMatchObject([
      { problems: [expect.stringContaining('unmounted or emptied')] },
    ]);
    rmSync(folder, { recursive: true });
    renameSync(`${folder}.away`, folder);
    await medic.advance(SCAN + POLL);
    expect(await verdict()).toBe('VANISHED none');
    expect(await count('flink_archive_up')).toBe(1);
  });

  it('stays UNKNOWN until the scan that follows, however long that takes', async () => {
    await medic.stop();
    const rare = { ...config, archives: { scan_interval: '1h' } };
    medic = await RunningMedic.start({ config: rare, time, storagePath: medic.storagePath });
    cluster.restart();
    await medic.advance(58 * 60_000);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    await medic.advance(3 * 60_000);
    expect(await verdict()).toBe('VANISHED none');
  });

  it('stays UNKNOWN while a file of its id cannot be read', async () => {
    writeFileSync(join(folder, orders.jobId), 'not an archive at all');
    cluster.submit({ name: 'report' }).run().finish();
    cluster.restart();
    await medic.advance(20 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_files', 'condition="unreadable"')).toBe(1);
    rmSync(join(folder, orders.jobId));
    await medic.advance(SCAN + POLL);
    expect(await verdict()).toBe('VANISHED none');
  });

  it('has its outcome from an archive that appears after it had vanished', async () => {
    loseWithoutArchive((job) => job.fail());
    await medic.advance(3 * GRACE);
    expect(await verdict()).toBe('VANISHED none');
    writeArchive(folder, cluster, orders);
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED archive');
    expect(await count('flink_job_runs_ended_total')).toBe(1);
    expect(await count('flink_job_runs_vanished_total')).toBe(1);
    expect(await count('flink_medic_state_recoveries_total')).toBe(1);
    expect((await medic.explain('prod', 'orders'))[0]?.rule).toBe('archive_late');
  });

  it('is the same run when it is listed again', async () => {
    cluster.forget(orders);
    await medic.advance(3 * GRACE);
    expect(await verdict()).toBe('VANISHED none');
    cluster.submit({ name: 'orders', jobId: orders.jobId }).run();
    await medic.advance(POLL);
    const [explained, ...older] = await medic.explain('prod', 'orders');
    expect(older).toEqual([]);
    expect([explained?.state, explained?.rule]).toEqual(['RUNNING', 'listed_again']);
    expect(explained?.history.map(({ event }) => event)).toEqual(['seen', 'vanished', 'failover', 'returned']);
  });
});

describe('a JobManager that does not answer', () => {
  it('makes nothing VANISHED, ever', async () => {
    await medic.stop();
    const away = { clusters: [{ name: 'prod', jobmanagers: ['http://127.0.0.1:9'], archives: [folder] }] };
    medic = await RunningMedic.start({ config: away, time, storagePath: medic.storagePath });
    await medic.advance(30 * GRACE);
    expect(await verdict()).toBe('UNKNOWN jobmanager_unreachable');
    orders.fail();
    await medic.advance(SCAN);
    expect(await verdict()).toBe('FAILED archive');
    expect((await medic.explain('prod', 'orders'))[0]?.rule).toBe('unreachable_archive');
  });
});

describe('a folder that only the JobManager names', () => {
  let discovered: object;
  let jobManager: FakeJobManager;

  beforeEach(async () => {
    await medic.stop();
    jobManager = await startJobManager(cluster);
    discovered = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], expected_jobs: ['orders'] }] };
  });

  it('is not known before the JobManager tells its configuration: nothing is VANISHED or counted until then', async () => {
    jobManager.faults.set('/jobmanager/config', { kind: 'status', status: 403 });
    medic = await RunningMedic.start({ config: discovered, time });
    expect(await verdict()).toBe('RUNNING');
    orders.fail();
    cluster.restart();
    await medic.advance(20 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect((await medic.page()).lines('flink_job_runs_ended_total')).toEqual([]);
    jobManager.faults.clear();
    await medic.advance(2 * GRACE);
    expect(await verdict()).toBe('FAILED archive');
    expect(await count('flink_job_runs_ended_total', 'status="FAILED"')).toBe(1);
  });

  it('does not count from 0 while nobody answers', async () => {
    orders.fail();
    cluster.restart();
    jobManager.mode = 'electing';
    medic = await RunningMedic.start({ config: discovered, time });
    await medic.advance(GRACE);
    expect((await medic.page()).lines('flink_job_runs_ended_total')).toEqual([]);
    jobManager.mode = 'ready';
    await medic.advance(2 * SCAN);
    expect(await count('flink_job_runs_ended_total', 'status="FAILED"')).toBe(1);
  });

  it('is used although it cannot be read now, when something of it is known', async () => {
    cluster.submit({ name: 'report' }).run().finish();
    medic = await RunningMedic.start({ config: discovered, time });
    await medic.advance(SCAN);
    await medic.stop();
    renameSync(folder, `${folder}.away`);
    loseWithoutArchive((job) => job.fail());
    medic = await RunningMedic.start({ config: discovered, time, storagePath: medic.storagePath });
    await medic.advance(20 * GRACE);
    expect(await verdict()).toBe('UNKNOWN not_listed');
    expect(await count('flink_archive_up')).toBe(0);
    renameSync(`${folder}.away`, folder);
    await medic.advance(SCAN + POLL);
    expect(await verdict()).toBe('VANISHED none');
  });

  it('is left when the JobManager names another one', async () => {
    medic = await RunningMedic.start({ config: discovered, time });
    const other = temporaryFolder();
    const moved = new FakeCluster({ version: '2.3', clock: time.manual, archiveFolder: other });
    const next = await startJobManager(moved);
    medic.configure({ clusters: [{ name: 'prod', jobmanagers: [next.baseUrl] }] });
    await medic.reload();
    await medic.advance(SCAN);
    expect((await medic.page()).lines('flink_archive_up')).toEqual([
      `flink_archive_up{archive="file://${other}",flink_cluster="prod"} 1`,
    ]);
  });
});
