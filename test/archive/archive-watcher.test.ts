import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArchiveWatcher } from '../../src/archive/archive-watcher.ts';
import { jobIdOf } from './crafted-archive.ts';

const CLUSTER = jobIdOf(0xc1);

let folder: string;
let watcher: ArchiveWatcher;
let onHint: ReturnType<typeof vi.fn<() => void>>;
let warn: ReturnType<typeof vi.fn>;
let due: (() => void)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-watcher-'));
  due = [];
  onHint = vi.fn();
  warn = vi.fn();
});
afterEach(async () => {
  await watcher.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function watch(path = folder): Promise<void> {
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
    await watch();
    await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(attempt)), 'x'));
    expect(onHint).not.toHaveBeenCalled();
    due.pop()?.();
    expect(onHint).toHaveBeenCalledTimes(1);
    await untilDue((attempt) => writeFileSync(join(folder, jobIdOf(1)), 'x'.repeat(attempt + 1)));
  });

  it('notices new applications, of new clusters as well', async () => {
    await watch();
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
    await watch();
    await untilDue((attempt) => mkdirSync(join(folder, CLUSTER, 'applications', jobIdOf(1_000 + attempt))));
    expect(watches() - before).toBe(3);
    await watcher.stop();
    expect(watches()).toBe(before);
  });

  it('is silent about names that Flink does not write', async () => {
    await watch();
    const others = ['README', `${jobIdOf(1)}.tmp`];
    await untilDue((attempt) => {
      for (const name of others) writeFileSync(join(folder, name), 'x'.repeat(attempt));
      if (attempt > 10) writeFileSync(join(folder, jobIdOf(attempt)), 'x');
      else expect(due).toEqual([]);
    });
    expect(onHint).not.toHaveBeenCalled();
  });

  it('waits for a folder that is not there, and gives no hint after its end', async () => {
    const missing = join(folder, 'later');
    await watch(missing);
    await untilDue((attempt) => {
      mkdirSync(missing, { recursive: true });
      writeFileSync(join(missing, jobIdOf(attempt)), 'x');
    });
    await watcher.stop();
    expect(due).toEqual([]);
    expect(onHint).not.toHaveBeenCalled();
  });
});
