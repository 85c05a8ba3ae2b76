import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArchiveWatcher, type WatcherOptions } from '../../src/archive/archive-watcher.ts';
import { jobIdOf } from './crafted-archive.ts';

const CLUSTER = jobIdOf(0xc1);

let folder: string;
let watcher: ArchiveWatcher;
const onHint = vi.fn<() => void>();
const warn = vi.fn<WatcherOptions['log']['warn']>();
let due: (() => void)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-watcher-'));
  due = [];
  onHint.mockClear();
  warn.mockClear();
});
afterEach(async () => {
  await watcher.stop();
  rmSync(folder, { recursive: true, force: true });
});

function watch(path = folder): void {
  watcher = new ArchiveWatcher({
    folder: path,
    onHint,
    schedule: (task) => {
      due.push(task);
      return () => void due.splice(due.indexOf(task), 1);
    },
    log: { warn },
  });
  watcher.start();
  watcher.start();
}

/** inotify watches of this process. */
function watches(): number {
  return readdirSync('/proc/self/fdinfo')
    .map((fd) => {
      try {
        return readFileSync(join('/proc/self/fdinfo', fd), 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith('inotify ')).length;
}

/** Writes until it is noticed, for a watcher says to nobody when it has begun. */
async function untilDue(change: (attempt: number) => void): Promise<void> {
  let attempt = 0;
  await vi.waitFor(
    () => {
      change((attempt += 1));
      expect(due).toHaveLength(1);
    },
    { interval: 20, timeout: 10_000 },
  );
}

describe('ArchiveWatcher', () => {
  it('gives one hint for many files, and again for what comes later', async () => {
    watch();
    await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(attempt)), 'x'));
    expect(onHint).not.toHaveBeenCalled();
    due.pop()?.();
    expect(onHint).toHaveBeenCalledTimes(1);
    await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(1)), 'x'.repeat(attempt + 1)));
  });

  it('notices new applications, of new clusters as well', async () => {
    expect.hasAssertions();
    watch();
    await untilDue((attempt) =>
      mkdirSync(join(folder, CLUSTER, 'applications', jobIdOf(attempt)), { recursive: true }),
    );
    due.pop()?.();
    await untilDue((attempt) =>
      mkdirSync(join(folder, CLUSTER, 'applications', jobIdOf(1_000 + attempt)), { recursive: true }),
    );
  });

  it('watches three folders, however many applications there are', async () => {
    for (let number = 0; number < 200; number += 1) {
      const jobs = join(folder, CLUSTER, 'applications', jobIdOf(number), 'jobs');
      mkdirSync(jobs, { recursive: true });
      writeFileSync(join(jobs, jobIdOf(number)), 'x');
    }
    const before = watches();
    watch();
    await untilDue((attempt) => mkdirSync(join(folder, CLUSTER, 'applications', jobIdOf(1_000 + attempt))));
    expect(watches() - before).toBe(3);
    await watcher.stop();
    expect(watches()).toBe(before);
  });

  it('is silent about names that Flink does not write', async () => {
    watch();
    let attempts = 0;
    await untilDue((attempt) => {
      attempts = attempt;
      writeFileSync(join(folder, 'README'), 'x'.repeat(attempt));
      writeFileSync(join(folder, `${jobIdOf(attempt)}.tmp`), 'x');
      if (attempt > 10) writeFileSync(join(folder, jobIdOf(attempt)), 'x');
    });
    expect(attempts).toBeGreaterThan(10);
  });

  it('says once why it cannot watch', async () => {
    watch(join(folder, 'x'.repeat(300)));
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1), { timeout: 3_000 });
    expect(warn.mock.calls).toEqual([
      [{ folder: expect.any(String), error: expect.stringContaining('ENAMETOOLONG') }, expect.any(String)],
    ]);
  });

  it('waits for a folder that is not there, and gives no hint after its end', async () => {
    const missing = join(folder, 'later');
    watch(missing);
    await untilDue((attempt) => {
      mkdirSync(missing, { recursive: true });
      writeFileSync(join(missing, jobIdOf(attempt)), 'x');
    });
    await watcher.stop();
    expect(due).toEqual([]);
    expect(onHint).not.toHaveBeenCalled();
  });
});
