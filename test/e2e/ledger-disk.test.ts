/**
 * A real disk under the ledger that is full: a tmpfs of a few MB, filled and emptied while the program runs. Mounting needs
 * root; where it is refused these tests are skipped, and say so.
 */

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from './restarts/repair.ts';
import { startCluster } from './support/fake.ts';
import { ManualTime } from './support/manual-time.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';

const SIZE = 4 * 1024 * 1024;
/** In each of two rounds; more than fits into the last page that the write-ahead log has. */
const JOBS = 30;
const STATELESS = { checkpointing: 'off' } as const;
const CONFIRM = { confirm: { running_for: '1s', checkpoint: false, timeout: '1m' } };

/** A disk that ends with the test. */
class Disk {
  readonly path = join(temporaryFolder(), 'disk');

  constructor() {
    mkdirSync(this.path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SIZE)}`, 'tmpfs', this.path], { stdio: 'pipe' });
    // Before its folder is removed, and also when somebody still uses it.
    onTestFinished(() => void execFileSync('umount', ['--lazy', this.path]));
  }

  /** To the last byte. */
  fill(): void {
    for (const size of [4096, 1]) {
      try {
        for (;;) appendFileSync(this.#filler, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  empty(): void {
    rmSync(this.#filler);
  }

  remount(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.path]);
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }
}

function whyNoDisk(): string | undefined {
  const path = join('/tmp', `flink-medic-mount-${String(process.pid)}`);
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' });
    execFileSync('umount', [path]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(path, { recursive: true });
  }
}

const skipped = whyNoDisk();
if (skipped !== undefined) console.warn(`Skipped: no file system can be mounted here (it needs root): ${skipped}`);

describe.skipIf(skipped !== undefined)('a disk that is full while flink-medic runs', () => {
  it('stops restarts and the webhook, and nothing else; with room again nothing was lost', async () => {
    const disk = new Disk();
    const repair = await Repair.start({ policy: CONFIRM, medic: { storagePath: disk.path } });
    const { medic, cluster } = repair;
    const failed = await repair.failed();
    disk.fill();
    for (const n of [1, 2]) {
      for (let i = 0; i < JOBS; i += 1)
        cluster
          .submit({ name: `job-${String(n)}-${String(i)}`, ...STATELESS })
          .run()
          .finish();
      await medic.advance(30_000);
    }
    const message = webhookMessage([
      { labels: repairWanted('c', 'orders', failed.jobId), startsAt: medic.time.manual.now() },
    ]);
    expect(await medic.get('/-/ready')).toMatchObject({ status: 503, text: expect.stringContaining('the ledger') });
    for (let n = 0; n < 3; n += 1) {
      expect((await postMessage(medic.url, TOKEN, message)).status).toBe(503);
      await medic.advance(30_000);
    }
    const full = await repair.page();
    expect(full.lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 0']);
    expect(full.lines('flink_job_final_status', 'FINISHED')).toHaveLength(2 * JOBS);
    expect(full.lines('flink_medic_ledger_errors_total', '"write"')[0]).toMatch(/ [1-9]\d*$/);
    expect(cluster.submissions).toEqual([]);
    expect(medic.log.filter(({ msg }) => String(msg).includes('fault of ours'))).toEqual([]);
    expect(medic.log.filter(({ msg }) => String(msg).includes('kept in memory')).length).toBe(1);

    disk.empty();
    await medic.advance(60_000);
    expect((await medic.get('/-/ready')).status).toBe(200);
    expect((await postMessage(medic.url, TOKEN, message)).status).toBe(202);
    await repair.untilIncident({ state: 'succeeded' });
    expect(cluster.submissions).toHaveLength(1);
    const ends = async (): Promise<string[]> =>
      (await repair.page()).lines(['flink_job_final_status', 'flink_job_runs_ended_total']).toSorted();
    const before = await ends();
    // Whoever comes next has only the ledger to go by.
    cluster.restart();
    await repair.restartMedic();
    expect(await ends()).toEqual(before);
  });
});

async function start(storagePath: string, rebuildLedger = false): Promise<RunningMedic> {
  const time = new ManualTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  cluster.submit({ name: 'orders' }).run();
  const config = { clusters: [{ name: 'c', jobmanagers: [jobManager.baseUrl], archives: [] }] };
  return RunningMedic.start({ config, time, storagePath, rebuildLedger });
}

describe.skipIf(skipped !== undefined)('a start', () => {
  const refused = {
    code: 'ledger_unusable',
    message: expect.stringMatching(/^cannot open the ledger .*flink-medic\.db.*Check permissions and free space\.$/),
  };

  it.each(['full', 'read-only'])('on a disk that is %s is refused, and goes well when it is mended', async (how) => {
    const disk = new Disk();
    await (await start(disk.path)).stop();
    const ledger = readFileSync(join(disk.path, 'flink-medic.db'));
    if (how === 'full') disk.fill();
    else disk.remount('ro');
    await expect(start(disk.path)).rejects.toMatchObject(refused);
    await expect(start(disk.path, true)).rejects.toMatchObject(refused);
    expect(readFileSync(join(disk.path, 'flink-medic.db'))).toEqual(ledger);
    if (how === 'full') disk.empty();
    else disk.remount('rw');
    const medic = await start(disk.path);
    expect((await medic.page()).lines('flink_medic_ledger_writable')).toEqual(['flink_medic_ledger_writable 1']);
  });

  it('for the first time on a full disk leaves nothing behind that looks like a ledger', async () => {
    const disk = new Disk();
    disk.fill();
    await expect(start(disk.path)).rejects.toMatchObject(refused);
    disk.empty();
    await start(disk.path);
  });

  it('with --ledger.rebuild on a full disk leaves the damaged file where it is', async () => {
    const disk = new Disk();
    const file = join(disk.path, 'flink-medic.db');
    writeFileSync(file, 'once upon a time '.repeat(500));
    disk.fill();
    await expect(start(disk.path, true)).rejects.toMatchObject({ code: 'ledger_unusable' });
    expect(statSync(file).size).toBeGreaterThan(0);
    disk.empty();
    await start(disk.path, true);
  });
});
