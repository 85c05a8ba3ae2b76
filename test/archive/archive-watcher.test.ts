import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArchiveWatcher, type WatcherOptions } from '../../src/archive/archive-watcher.ts';
import { jobIdOf } from './crafted-archive.ts';
import { InProcessFolders } from './in-process-folders.ts';

const CLUSTER = jobIdOf(0xc1);

let folder: string;
let watcher: ArchiveWatcher;
const onHint = vi.fn<() => void>();
const warn = vi.fn<WatcherOptions['log']['warn']>();
let due: (() => void)[];
let folders: InProcessFolders;
let options: WatcherOptions;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-watcher-'));
  due = [];
  onHint.mockClear();
  warn.mockClear();
  folders = new InProcessFolders();
  options = {
    folder,
    calls: folders,
    onHint,
    schedule: (task) => {
      due.push(task);
      return () => void due.splice(due.indexOf(task), 1);
    },
    log: { warn },
  };
});
afterEach(() => {
  watcher.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it, and scans as the loop does, with which watching begins. */
async function watch(): Promise<void> {
  watcher = new ArchiveWatcher(options);
  watcher.start();
  watcher.start();
  await scan();
}

async function scan(): Promise<void> {
  await folders.list(folder, AbortSignal.timeout(60_000)).catch(() => undefined);
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

/** Writes until it is noticed. */
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
    await watch();
    await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(attempt)), 'x'));
    expect(onHint).not.toHaveBeenCalled();
    due.pop()?.();
    expect(onHint).toHaveBeenCalledTimes(1);
    await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(1)), 'x'.repeat(attempt + 1)));
  });

  it('notices new applications, of new clusters as well', async () => {
    expect.hasAssertions();
    await watch();
    await untilDue((attempt) =>
      mkdirSync(join(folder, CLUSTER, 'applications', jobIdOf(attempt)), { recursive: true }),
    );
    due.pop()?.();
    await scan();
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
    await watch();
    await scan();
    expect(watches() - before).toBe(3);
    watcher.stop();
    await vi.waitFor(() => expect(watches()).toBe(before));
  });

  it('is silent about names that Flink does not write', async () => {
    await watch();
    let attempts = 0;
    await untilDue((attempt) => {
      attempts = attempt;
      writeFileSync(join(folder, 'README'), 'x'.repeat(attempt));
      writeFileSync(join(folder, `${jobIdOf(attempt)}.tmp`), 'x');
      if (attempt > 10) writeFileSync(join(folder, jobIdOf(attempt)), 'x');
    });
    expect(attempts).toBeGreaterThan(10);
  });

  it('says once why it cannot watch', () => {
    watcher = new ArchiveWatcher({
      ...options,
      calls: {
        watch: (_folder, listener) => {
          listener.failed('ENOSPC');
          listener.failed('ENOSPC');
          return () => {};
        },
      },
    });
    watcher.start();
    expect(warn.mock.calls).toEqual([[{ folder, error: 'ENOSPC' }, expect.any(String)]]);
  });

  it('waits for a folder that is not there, or is another one now, and gives no hint after its end', async () => {
    rmSync(folder, { recursive: true });
    await watch();
    for (let round = 0; round < 2; round += 1) {
      mkdirSync(folder);
      await scan();
      for (const task of due.splice(0)) task();
      await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(attempt)), 'x'));
      rmSync(folder, { recursive: true });
    }
    onHint.mockClear();
    watcher.stop();
    expect(due).toEqual([]);
    expect(onHint).not.toHaveBeenCalled();
  });
});
