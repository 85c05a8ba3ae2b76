/** Snapshots on the file system of this machine: there, not there, or not to be seen from here. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalSnapshotStorage } from '../../src/restart/snapshot-storage.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';

let folder: string;
let time: ManualTime;
let storage: LocalSnapshotStorage;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flink-medic-snapshots-'));
  time = new ManualTime();
  storage = new LocalSnapshotStorage(time.timers);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @param writtenAt seconds */
function write(path: string, writtenAt = 1): string {
  const snapshot = join(folder, path);
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(join(snapshot, '_metadata'), '');
  utimesSync(join(snapshot, '_metadata'), writtenAt, writtenAt);
  return snapshot;
}

describe('a snapshot', () => {
  it.each([
    ['file:', ''],
    ['file://', ''],
    ['file://localhost', ''],
    ['', ''],
    ['file:', '/'],
    ['file:', '/_metadata'],
  ])('is present as %s…%s', async (scheme, rest) => {
    const path = write('a b%20c/jöb/chk-9');
    expect(await storage.exists(scheme + path + rest)).toBe('present');
    expect(time.pending, 'timers').toBe(0);
  });

  it('is missing when its folder is not there, is empty, or when that of its job is gone', async () => {
    write('job/chk-9');
    mkdirSync(join(folder, 'job/chk-10'));
    writeFileSync(join(folder, 'file'), '');
    for (const path of ['job/chk-8', 'job/chk-10', 'other/chk-9', 'job/chk-8/_metadata', 'savepoint-1', 'file/chk-1']) {
      expect([path, await storage.exists(`file:${folder}/${path}`)]).toEqual([path, 'missing']);
    }
  });

  it('is unverifiable when the folder of all snapshots is not here: it may be mounted elsewhere', async () => {
    for (const path of ['checkpoints/job/chk-9', 'savepoints/savepoint-1', 'checkpoints/job/chk-9/_metadata']) {
      expect([path, await storage.exists(`file:${folder}/${path}`)]).toEqual([path, 'unverifiable']);
    }
  });

  it.each(['s3://bucket/job/chk-9', 'hdfs:///job/chk-9', 'file://server/job/chk-9', 'file:job/chk-9', 'job/chk-9', ''])(
    'is unverifiable as %j',
    async (path) => {
      expect(await storage.exists(path)).toBe('unverifiable');
      expect(await storage.siblings(path)).toBe('unverifiable');
    },
  );

  it('is unverifiable when the operating system refuses to look', async () => {
    symlinkSync('chk-9', join(folder, 'chk-9'));
    expect(await storage.exists(`file:${folder}/chk-9`), 'a loop of links').toBe('unverifiable');
    expect(await storage.exists(`file:${folder}/\0/chk-9`)).toBe('unverifiable');
    expect(await storage.exists(`file:${folder}/${'x'.repeat(5_000)}/chk-9`)).toBe('unverifiable');
  });

  it('is not what lies there under that name but is no file', async () => {
    mkdirSync(join(folder, 'job/chk-9/_metadata'), { recursive: true });
    expect(await storage.exists(`file:${folder}/job/chk-9`)).toBe('missing');
    mkdirSync(join(folder, 'job/chk-10'));
    execFileSync('mkfifo', [join(folder, 'job/chk-10/_metadata')]);
    expect(await storage.exists(`file:${folder}/job/chk-10`)).toBe('missing');
  });
});

describe('siblings', () => {
  it('are the complete checkpoints beside it, the newest first, in the form of its path', async () => {
    write('job/chk-9', 9);
    write('job/chk-10', 10);
    mkdirSync(join(folder, 'job/chk-11'));
    write('job/chk-12x');
    write('job/taskowned');
    for (const path of [`file://${folder}/job/chk-9`, `file://${folder}/job/chk-8/_metadata`]) {
      expect(await storage.siblings(path)).toEqual([
        { id: 10, path: `file://${folder}/job/chk-10`, writtenAt: 10_000 },
        { id: 9, path: `file://${folder}/job/chk-9`, writtenAt: 9_000 },
      ]);
    }
  });

  it('are the hundred with the highest numbers of too many', async () => {
    for (let id = 1; id <= 120; id++) write(`job/chk-${String(id)}`);
    const siblings = await storage.siblings(`file:${folder}/job/chk-1`);
    expect(siblings).toHaveLength(100);
    expect(siblings).toContainEqual(expect.objectContaining({ id: 120 }));
  });

  it('are unverifiable where the folder cannot be listed', async () => {
    expect(await storage.siblings(`file:${folder}/job/chk-1`)).toBe('unverifiable');
  });
});

it('gives up on a mount that hangs, and asks it no more until it answers', async () => {
  const path = `file:${write('job/chk-9')}`;
  const hanging = storage.exists(path);
  // Before the operating system can have answered: to the program a mount that hangs looks the same.
  time.fireNext(time.manual.now() + 5_000);
  expect(await hanging).toBe('unverifiable');
  await expect.poll(() => storage.exists(path), { interval: 1 }).toBe('present');
});
