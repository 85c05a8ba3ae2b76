/**
 * Lists the job archives of one folder, both layouts of Flink mixed: `<folder>/<jobId>` (to 2.2, and from 2.3 on for
 * submissions that failed in initialisation) and `<folder>/<clusterId>/applications/<applicationId>/jobs/<jobId>`
 * (from 2.3 on, `ArchivePathUtils`). Keeps nothing between calls; it looks at `SLICE` files or applications at a time. The archive folder and `archives DIR` call it.
 */

import { type Dirent, lstat as lstatWithCallback } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../core/errors.ts';
import type { ArchiveFile, ArchiveListing } from './archive-source.ts';

const SLICE = 64;
/** Much cheaper than `fs/promises`: with slices in place of a limiter, 20,000 files take 0.1 instead of 0.4 s. */
const lstat = promisify(lstatWithCallback);
/** `JobID`, `ApplicationID` and `cluster.id` alike. */
const FLINK_ID = /^[0-9a-f]{32}$/;

/**
 * Lists `folder`, in no particular order.
 *
 * @throws the error of the operating system when `folder` itself cannot be listed
 */
export async function listArchives(folder: string): Promise<ArchiveListing> {
  const files: ArchiveFile[] = [];
  const problems: string[] = [];

  async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!isMissing(error)) problems.push(messageOf(error));
      return undefined;
    }
  }

  async function list(path: string): Promise<Dirent[]> {
    return (await attempt(() => readdir(path, { withFileTypes: true }))) ?? [];
  }

  async function addFile(path: string, jobId: string, clusterFolder: string | undefined): Promise<void> {
    const stats = await attempt(() => lstat(path));
    if (stats === undefined) return;
    const { size, mtimeMs } = stats;
    files.push({ path, jobId, ...(clusterFolder && { clusterFolder }), size, mtimeMs: Math.trunc(mtimeMs) });
  }

  async function addFiles(parent: string, entries: readonly Dirent[], clusterFolder?: string): Promise<void> {
    const names = namesOf(entries, (entry) => !entry.isDirectory());
    await inSlices(names, (name) => addFile(join(parent, name), name, clusterFolder));
  }

  async function addCluster(clusterFolder: string): Promise<void> {
    const applications = join(folder, clusterFolder, 'applications');
    const names = namesOf(await list(applications), (entry) => entry.isDirectory());
    await inSlices(names, async (name) => {
      const jobs = join(applications, name, 'jobs');
      await addFiles(jobs, await list(jobs), clusterFolder);
    });
  }

  const entries = await readdir(folder, { withFileTypes: true });
  const clusters = namesOf(entries, (entry) => entry.isDirectory());
  await addFiles(folder, entries);
  for (const cluster of clusters) await addCluster(cluster);
  return { files, problems };
}

async function inSlices(names: readonly string[], look: (name: string) => Promise<void>): Promise<void> {
  for (let i = 0; i < names.length; i += SLICE) await Promise.all(names.slice(i, i + SLICE).map(look));
}

function namesOf(entries: readonly Dirent[], wanted: (entry: Dirent) => boolean): string[] {
  return entries.filter((entry) => FLINK_ID.test(entry.name) && wanted(entry)).map((entry) => entry.name);
}

/** Not there, or no longer: archives and whole applications are deleted by a History Server. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
