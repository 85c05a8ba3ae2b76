import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArchiveFolder, type ArchiveSink, type IndexEntry, type ReadFile } from '../../src/archive/archive-folder.ts';
import { FolderSource } from '../../src/archive/folder-source.ts';
import { craftArchive, jobIdOf } from './crafted-archive.ts';
import { InProcessFolders } from './in-process-folders.ts';

/** A ledger that remembers what it was told. */
class FakeSink implements ArchiveSink {
  readonly index = new Map<string, IndexEntry>();
  readonly batches: (readonly ReadFile[])[] = [];
  readonly forgotten: string[] = [];
  failure: Error | undefined;
  onRecord = () => {};

  async record(files: readonly ReadFile[]): Promise<void> {
    this.onRecord();
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(files);
    for (const file of files) this.index.set(file.path, file);
  }

  async forget(paths: readonly string[]): Promise<void> {
    this.forgotten.push(...paths);
    for (const path of paths) this.index.delete(path);
  }

  /** Job number and state of everything recorded since the last call. */
  recorded(): string[] {
    const files = this.batches.splice(0).flat();
    return files.map(({ jobId, state }) => `${Number.parseInt(jobId, 16)} ${state}`).toSorted();
  }
}

let folder: string;
let sink: FakeSink;
let clock: number;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-folder-'));
  sink = new FakeSink();
  clock = 1_000;
  stop = new AbortController();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(index: Iterable<readonly [string, IndexEntry]> = []): ArchiveFolder {
  for (const [path, entry] of index) sink.index.set(path, entry);
  return new ArchiveFolder({
    source: new FolderSource(folder, new InProcessFolders()),
    maxFileSize: () => 1 << 20,
    sink,
    now: () => (clock += 10),
    signal: stop.signal,
  });
}

function put(number: number, content = craftArchive({ jobId: jobIdOf(number) }), seconds = 1_700_000_000): string {
  const path = join(folder, jobIdOf(number));
  writeFileSync(path, content);
  utimesSync(path, seconds, seconds);
  return path;
}

function entryOf(path: string, state: IndexEntry['state']): readonly [string, IndexEntry] {
  const { size, mtimeMs } = statSync(path);
  return [path, { size, mtimeMs: Math.trunc(mtimeMs), state }];
}

describe('ArchiveFolder', () => {
  it('records what each file says, and reports on the folder', async () => {
    const bytes = craftArchive({ jobId: jobIdOf(1) }).length;
    put(1);
    put(2, craftArchive({ jobId: jobIdOf(2) }).slice(0, 500));
    put(3, '{"archive":[');
    put(4, 'hello');
    expect(await open().scan()).toEqual({
      startedAt: 1_010,
      asOf: 1_010,
      finishedAt: 1_020,
      durationMs: 10,
      listed: true,
      files: { indexed: 1, incomplete: 2, unreadable: 1 },
      doubtfulJobIds: new Set([jobIdOf(2), jobIdOf(3), jobIdOf(4)]),
      bytesRead: expect.toSatisfy((read) => read > bytes),
      problems: [],
    });
    expect(sink.recorded()).toEqual(['1 indexed', '2 incomplete', '3 incomplete', '4 unreadable']);
  });

  it('hands the cluster folder and the whole reading to the sink', async () => {
    const jobs = join(folder, jobIdOf(0xc1), 'applications', jobIdOf(1), 'jobs');
    mkdirSync(jobs, { recursive: true });
    writeFileSync(join(jobs, jobIdOf(1)), craftArchive({ jobId: jobIdOf(1) }));
    await open().scan();
    expect(sink.batches).toMatchObject([
      [
        {
          path: join(jobs, jobIdOf(1)),
          jobId: jobIdOf(1),
          clusterFolder: jobIdOf(0xc1),
          reading: { outcome: { status: 'FAILED' } },
        },
      ],
    ]);
  });

  it('reads no file twice that has not changed, whatever its state', async () => {
    put(1);
    put(2, '{"archive":[');
    put(3, 'hello');
    const archives = open();
    const first = await archives.scan();
    const second = await archives.scan();
    expect(sink.batches).toHaveLength(1);
    expect(second).toEqual({
      ...first,
      bytesRead: 0,
      asOf: expect.any(Number),
      startedAt: expect.any(Number),
      finishedAt: expect.any(Number),
    });
  });

  it('starts from what the ledger remembers', async () => {
    const index = [entryOf(put(1), 'indexed'), entryOf(put(2, '{'), 'incomplete')];
    put(3);
    const report = await open(index).scan();
    expect(sink.recorded()).toEqual(['3 indexed']);
    expect(report).toMatchObject({ files: { indexed: 2, incomplete: 1 }, doubtfulJobIds: new Set([jobIdOf(2)]) });
  });

  it('picks up a half-written file once, when it is whole', async () => {
    const archive = craftArchive({ jobId: jobIdOf(1) });
    const path = put(1, archive.slice(0, 2_000));
    const archives = open();
    await archives.scan();
    expect(sink.recorded()).toEqual(['1 incomplete']);
    appendFileSync(path, archive.slice(2_000));
    expect(await archives.scan()).toMatchObject({ files: { indexed: 1, incomplete: 0 }, doubtfulJobIds: new Set() });
    await archives.scan();
    expect(sink.recorded()).toEqual(['1 indexed']);
  });

  it('reads again when only the time has changed', async () => {
    put(1, 'hello', 1);
    const archives = open();
    await archives.scan();
    put(1, 'hello', 2);
    await archives.scan();
    expect(sink.recorded()).toEqual(['1 unreadable', '1 unreadable']);
  });

  it('forgets files that are gone, but not what they said', async () => {
    const path = put(1);
    put(2);
    const archives = open();
    await archives.scan();
    unlinkSync(path);
    expect(await archives.scan()).toMatchObject({ files: { indexed: 1 } });
    expect(sink.forgotten).toEqual([path]);
    await archives.scan();
    expect(sink.forgotten).toHaveLength(1);
  });

  it('passes over a file that is deleted between listing and reading', async () => {
    for (let number = 1; number <= 513; number += 1) put(number, 'hello');
    sink.onRecord = () => {
      for (let number = 1; number <= 513; number += 1) rmSync(join(folder, jobIdOf(number)), { force: true });
    };
    // The first two batches were read when the first was recorded.
    expect(await open().scan()).toMatchObject({ files: { unreadable: 96 } });
    expect(sink.recorded()).toHaveLength(96);
  });

  it('forgets nothing when the folder cannot be listed', async () => {
    put(1);
    put(2, '{');
    const archives = open();
    const first = await archives.scan();
    rmSync(folder, { recursive: true });
    const second = await archives.scan();
    expect(second).toMatchObject({ listed: false, files: first.files, problems: [expect.stringContaining('ENOENT')] });
    expect(second.doubtfulJobIds).toEqual(new Set([jobIdOf(2)]));
    expect(sink.forgotten).toEqual([]);
  });

  it('forgets nothing when it has none of the archives that it had, and goes on when it has one again', async () => {
    const paths = [put(1), put(2, '{')];
    const archives = open();
    const first = await archives.scan();
    for (const path of paths) unlinkSync(path);
    expect(await archives.scan()).toMatchObject({
      listed: false,
      files: first.files,
      problems: [expect.stringMatching(/looks unmounted or emptied: it has none of the 2 archives/)],
    });
    expect(sink.forgotten).toEqual([]);
    put(3);
    expect(await archives.scan()).toMatchObject({ listed: true, files: { indexed: 1, incomplete: 0 }, problems: [] });
    expect(sink.forgotten.toSorted()).toEqual(paths.toSorted());
  });

  it('may be empty from the beginning', async () => {
    expect(await open().scan()).toMatchObject({ listed: true, problems: [] });
  });

  it('forgets nothing when a part of the folder cannot be listed', async () => {
    const path = put(1);
    const archives = open();
    await archives.scan();
    unlinkSync(path);
    const cluster = join(folder, jobIdOf(0xc1));
    mkdirSync(cluster);
    symlinkSync('applications', join(cluster, 'applications'));
    expect(await archives.scan()).toMatchObject({ listed: false, files: { indexed: 1 } });
    expect(sink.forgotten).toEqual([]);
  });

  it('takes nothing as read that the sink did not take', async () => {
    put(1);
    const archives = open();
    sink.failure = new Error('disk full');
    await expect(archives.scan()).rejects.toThrow('disk full');
    sink.failure = undefined;
    expect(await archives.scan()).toMatchObject({ files: { indexed: 1 } });
    expect(sink.recorded()).toEqual(['1 indexed']);
  });

  it('records in batches', async () => {
    for (let number = 1; number <= 600; number += 1) put(number, 'hello');
    await open().scan();
    expect(sink.batches.map((batch) => batch.length)).toEqual([32, 64, 128, 256, 120]);
  });

  it('never scans twice at a time, and gives later calls a scan that began after them', async () => {
    put(1);
    const archives = open();
    let late: Promise<unknown>[] = [];
    sink.onRecord = () => {
      put(2);
      late = [archives.scan(), archives.scan()];
      sink.onRecord = () => {};
    };
    const first = await archives.scan();
    const [second, third] = await Promise.all(late);
    expect(first).toMatchObject({ files: { indexed: 1 } });
    expect(second).toMatchObject({ startedAt: first.finishedAt + 10, files: { indexed: 2 } });
    expect(third).toBe(second);
  });

  it('scans for a later call also when the scan before it failed', async () => {
    put(1);
    const archives = open();
    sink.failure = new Error('disk full');
    const first = archives.scan();
    const second = archives.scan();
    await expect(first).rejects.toThrow('disk full');
    sink.failure = undefined;
    expect(await second).toMatchObject({ files: { indexed: 1 } });
  });

  it('ends when it is aborted, between two batches or before it begins', async () => {
    for (let number = 1; number <= 300; number += 1) put(number, 'hello');
    const archives = open();
    sink.onRecord = () => stop.abort(new Error('stop'));
    await expect(archives.scan()).rejects.toThrow('stop');
    expect(sink.batches).toHaveLength(1);
    await expect(archives.scan()).rejects.toThrow('stop');
  });
});
