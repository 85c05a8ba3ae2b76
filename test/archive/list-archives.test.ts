import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listArchives } from '../../src/archive/list-archives.ts';
import { jobIdOf } from './crafted-archive.ts';

const CLUSTER = jobIdOf(0xc1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'list-archives-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(...path: string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, 'content');
  utimesSync(file, 1_700_000_000.9876, 1_700_000_000.9876);
  return file;
}

describe('listArchives', () => {
  it('finds the archives of both layouts', () => {
    const flat = put(jobIdOf(1));
    const nested = put(CLUSTER, 'applications', jobIdOf(2), 'jobs', jobIdOf(3));
    const sibling = put(CLUSTER, 'applications', jobIdOf(2), 'jobs', jobIdOf(4));
    const stats = { size: 7, mtimeMs: 1_700_000_000_987 };
    const { files, problems } = listArchives(folder);
    expect(problems).toEqual([]);
    expect(files.toSorted((a, b) => a.jobId.localeCompare(b.jobId))).toEqual([
      { path: flat, jobId: jobIdOf(1), ...stats },
      { path: nested, jobId: jobIdOf(3), clusterFolder: CLUSTER, ...stats },
      { path: sibling, jobId: jobIdOf(4), clusterFolder: CLUSTER, ...stats },
    ]);
  });

  it('passes over what is no archive', () => {
    put('README');
    put(jobIdOf(1).toUpperCase().replace('1', 'A'));
    put(`${jobIdOf(1)}.tmp`);
    put(CLUSTER, 'applications', jobIdOf(2), 'application-summary');
    put(CLUSTER, 'applications', jobIdOf(2), 'jobs', jobIdOf(3), 'a folder named like a job');
    put(CLUSTER, 'applications', 'other', 'jobs', jobIdOf(4));
    put(CLUSTER, 'other', jobIdOf(2), 'jobs', jobIdOf(5));
    put('other', 'applications', jobIdOf(2), 'jobs', jobIdOf(6));
    put(jobIdOf(0xc2), 'applications');
    put(jobIdOf(0xc3), 'applications', jobIdOf(2), 'jobs');
    expect(listArchives(folder)).toMatchObject({ files: [], problems: [] });
  });

  it('lists a link for its reader to refuse, and follows none', () => {
    symlinkSync(folder, join(folder, jobIdOf(1)));
    const { files } = listArchives(folder);
    expect(files).toMatchObject([{ jobId: jobIdOf(1) }]);
  });

  it('follows the folder itself when it is a link', () => {
    put('real', jobIdOf(1));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(listArchives(join(folder, 'link')).files).toMatchObject([{ jobId: jobIdOf(1) }]);
  });

  it('reports what it cannot look into', () => {
    put(jobIdOf(1));
    mkdirSync(join(folder, CLUSTER));
    symlinkSync('applications', join(folder, CLUSTER, 'applications'));
    const { files, problems } = listArchives(folder);
    expect(files).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining('ELOOP')]);
  });

  it('fails when the folder cannot be listed', () => {
    expect(() => listArchives(join(folder, 'missing'))).toThrow('ENOENT');
    expect(() => listArchives(put(jobIdOf(1)))).toThrow('ENOTDIR');
  });
});
