/** What was lost from sight while flink-medic was not there is found again, and counted once for ever. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../fake-flink/clock.ts';
import type { FakeJob } from '../fake-flink/fake-job.ts';
import { until } from '../real-flink/until.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { MedicProcess } from './support/medic-process.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const POLL = 10_000;
const SCAN = 30_000;
const MINUTE = 60_000;
const COUNTED = ['flink_job_final_status', 'flink_job_runs_ended_total', 'flink_medic_state_recoveries_total'];

function final(job: { jobId: string; name: string }, rest: string): string {
  return `flink_job_final_status{flink_cluster="prod",job_id="${job.jobId}",job_name="${job.name}",${rest}} 1`;
}

function ended(name: string, status: string, count = 1): string {
  return `flink_job_runs_ended_total{flink_cluster="prod",job_name="${name}",status="${status}"} ${String(count)}`;
}

describe('a job that failed while flink-medic was stopped', () => {
  it('has its final status from the archive, once, across five starts', async () => {
    const time = new ManualTime();
    const archiveFolder = temporaryFolder();
    const storagePath = temporaryFolder();
    const { cluster, jobManager } = await startCluster({ clock: time.manual, archiveFolder });
    const config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }] };
    const orders = cluster.submit({ name: 'orders' }).run();
    const known = cluster.submit({ name: 'report' }).run();
    const first = await RunningMedic.start({ config, time, storagePath });
    known.finish();
    await first.advance(POLL);
    await first.stop();

    time.manual.advance(MINUTE);
    orders.fail();
    const unseen = cluster.submit({ name: 'payments' }).run().cancel();
    await jobManager.stop();
    time.manual.advance(MINUTE);

    for (let start = 1; start <= 5; start++) {
      const medic = await RunningMedic.start({ config, time, storagePath });
      await medic.advance(SCAN + POLL);
      const page = await medic.page();
      expect(page.lines(COUNTED).toSorted()).toEqual(
        [
          final(orders, 'status="FAILED",source="archive"'),
          final(unseen, 'status="CANCELED",source="archive"'),
          final(known, 'status="FINISHED",source="live"'),
          ...['orders', 'payments', 'report'].flatMap((name) =>
            ['FINISHED', 'FAILED', 'CANCELED'].map((status) => {
              const own = { orders: 'FAILED', payments: 'CANCELED', report: 'FINISHED' }[name];
              return ended(name, status, Number(own === status));
            }),
          ),
          // Only what had been seen alive was recovered.
          'flink_medic_state_recoveries_total{flink_cluster="prod",source="archive"} 1',
        ].toSorted(),
      );
      // Archives are read once: later starts have them in the ledger.
      expect(page.lines('flink_archive_read_bytes_total').every((line) => line.endsWith('} 0'))).toBe(start > 1);
      await medic.stop();
    }
  });
});

describe('the real process', () => {
  it('counts each run once, whenever it is killed', { timeout: 60_000 }, async () => {
    const clock = new ManualClock(Date.now());
    const archiveFolder = temporaryFolder();
    const directory = temporaryFolder();
    const { cluster, jobManager } = await startCluster({ clock, archiveFolder });
    const settings = {
      observe: { interval: '1s' },
      archives: { scan_interval: '1s' },
      clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [archiveFolder] }],
    };
    writeFileSync(join(directory, 'flink-medic.yml'), JSON.stringify(settings));
    const start = (): MedicProcess => new MedicProcess(['--config.file=flink-medic.yml'], directory);

    const names: string[] = [];
    const submit = (name: string): FakeJob => {
      names.push(name);
      return cluster.submit({ name, jobId: names.length.toString(16).padStart(32, '0') }).run();
    };
    const requests = [1, 2, 4, 7, 12];
    for (const [round, count] of requests.entries()) {
      // Many that nobody saw, so that a kill can fall into the scan.
      for (let i = 0; i < 20; i++) cluster.forget(submit(`batch-${String(round)}-${String(i)}`).finish());
      const orders = submit(`orders-${String(round)}`);
      jobManager.requests.length = 0;
      const medic = start();
      await until('request', () => jobManager.count() >= count, { within: 15_000, every: 1 });
      expect(await medic.end('SIGKILL')).toBeNull();
      clock.advance(1_000);
      orders.finish();
      cluster.forget(orders);
    }

    const last = start();
    const counted = names.map((name) => ended(name, 'FINISHED')).toSorted();
    const seen = await last.pageWith(counted.at(-1) ?? '');
    expect(seen.lines('flink_job_runs_ended_total', '} 1').toSorted()).toEqual(counted);
    expect(seen.lines('flink_job_runs_ended_total').filter((line) => !/ [01]$/.test(line))).toEqual([]);
    expect(seen.lines('flink_job_runs_vanished_total').filter((line) => !line.endsWith(' 0'))).toEqual([]);
    const recoveries = seen.lines('flink_medic_state_recoveries_total');
    expect(await last.end('SIGTERM')).toBe(0);

    const again = start();
    const page = await again.pageWith(counted.at(-1) ?? '');
    expect(page.lines('flink_job_runs_ended_total', '} 1').toSorted()).toEqual(counted);
    expect(page.lines('flink_medic_state_recoveries_total')).toEqual(recoveries);
    expect(await again.end('SIGINT')).toBe(0);
  });
});
