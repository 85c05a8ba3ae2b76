import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FolderCalls } from '../../src/archive/folder-calls.ts';
import { FolderThreads } from '../../src/archive/folder-threads.ts';
import { archiveText, craftArchive, craftEntries, jobIdOf } from './crafted-archive.ts';
import { InProcessFolders } from './in-process-folders.ts';

const MAX_FILE_SIZE = 1 << 30;

let folder: string;
let calls: FolderCalls;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-threads-'));
  stop = new AbortController();
});
afterEach(async () => {
  await calls.close();
  rmSync(folder, { recursive: true });
});

function put(number: number, text = craftArchive({ jobId: jobIdOf(number) })): string {
  const path = join(folder, jobIdOf(number));
  writeFileSync(path, text);
  return path;
}

/** Timers that fire when the test says so. */
class Timers {
  readonly due = new Set<() => void>();

  after(_ms: number, task: () => void): () => void {
    const due = (): void => {
      this.due.delete(due);
      task();
    };
    this.due.add(due);
    return () => this.due.delete(due);
  }

  fire(): void {
    for (const task of this.due) task();
  }
}

describe.each(['thread', 'fake'] as const)('folder calls by a %s', (kind) => {
  beforeEach(() => {
    calls = kind === 'fake' ? new InProcessFolders() : new FolderThreads(new Timers());
  });

  it('lists, and says why it cannot', async () => {
    const paths = Array.from({ length: 2_001 }, (_, number) => put(number, 'x'));
    const { files, problems } = await calls.list(folder, stop.signal);
    expect(files.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
    expect(problems).toEqual([]);
    await expect(calls.list(join(folder, 'missing'), stop.signal)).rejects.toThrow('ENOENT');
  });

  it('reads in the order of the paths, whatever lies there', async () => {
    const paths = [put(1), put(2, 'no archive'), join(folder, jobIdOf(3)), put(4)];
    expect(await calls.read(folder, paths, MAX_FILE_SIZE, stop.signal)).toMatchObject([
      { kind: 'outcome', outcome: { jobId: jobIdOf(1) }, misfits: [], bytesRead: expect.any(Number) },
      { kind: 'unreadable', reason: 'not_json' },
      { kind: 'gone', bytesRead: 0 },
      { kind: 'outcome', outcome: { jobId: jobIdOf(4) } },
    ]);
  });

  it('tells whether a folder is readable', async () => {
    expect(await calls.isReadable(folder)).toBe(true);
    expect(await calls.isReadable(join(folder, 'missing'))).toBe(false);
  });

  it('does nothing more for whom it is aborted', async () => {
    stop.abort(new Error('stop'));
    await expect(calls.list(folder, stop.signal)).rejects.toThrow('stop');
    await expect(calls.read(folder, [], MAX_FILE_SIZE, stop.signal)).rejects.toThrow('stop');
  });

  it('watches a folder from its listing on, until that is ended', async () => {
    const changed = vi.fn<() => void>();
    const unwatch = calls.watch(folder, { changed, failed: expect.unreachable });
    await calls.list(folder, stop.signal);
    put(1);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    unwatch();
    await calls.isReadable(folder);
    changed.mockClear();
    put(2);
    await calls.list(folder, stop.signal);
    expect(changed).not.toHaveBeenCalled();
  });
});

describe('FolderThreads', () => {
  let timers: Timers;
  beforeEach(() => {
    timers = new Timers();
    calls = new FolderThreads(timers);
  });

  it('has no timer while nothing is asked', async () => {
    await calls.list(folder, stop.signal);
    expect(timers.due.size).toBe(0);
  });

  it('reads the others when the thread dies of one of them', async () => {
    calls = new FolderThreads(timers, new URL('dying-worker.ts', import.meta.url));
    const paths = [1, 2, 3].map((number) => join(folder, jobIdOf(number)));
    expect(await calls.read(folder, paths, MAX_FILE_SIZE, stop.signal)).toMatchObject([
      { kind: 'incomplete' },
      { kind: 'unreadable', reason: 'too_large' },
      { kind: 'incomplete' },
    ]);
  });

  it('reads the document that takes the most memory', async () => {
    const wide = craftEntries({ jobId: jobIdOf(2) }).map((entry) =>
      entry.path.endsWith('/exceptions') ? { ...entry, json: `[${'{},'.repeat(2_700_000)}1]` } : entry,
    );
    const paths = [put(1), put(2, archiveText(wide)), put(3)];
    expect(await calls.read(folder, paths, MAX_FILE_SIZE, stop.signal)).toMatchObject([
      { kind: 'outcome', misfits: [] },
      { kind: 'outcome', misfits: [expect.any(String)] },
      { kind: 'outcome', misfits: [] },
    ]);
  });
});
