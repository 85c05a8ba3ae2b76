/**
 * Lists the job archives of one folder, both layouts of Flink mixed: `<folder>/<jobId>` (to 2.2, and from 2.3 on for
 * submissions that failed in initialisation) and `<folder>/<clusterId>/applications/<applicationId>/jobs/<jobId>`
 * (from 2.3 on, `ArchivePathUtils`). Keeps nothing between calls. A thread of the archive folders and `archives DIR`
 * call it: its calls wait for the file system.
 */

import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { ArchiveFile, ArchiveListing } from './archive-source.ts';

export interface FolderListing extends ArchiveListing {
  /** The folders of clusters in it, by name. */
  readonly clusterFolders: readonly string[];
}

/** `JobID`, `ApplicationID` and `cluster.id` alike. */
const FLINK_ID = /^[0-9a-f]{32}$/;

/**
 * Lists `folder`, in no particular order.
 *
 * @param progress is called after each answer of the file system
 * @throws the error of the operating system when `folder` itself cannot be listed
 */
export function listArchives(folder: string, progress: () => void = () => {}): FolderListing {
  const files: ArchiveFile[] = [];
  const problems: string[] = [];

  function attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (!isMissing(error)) problems.push(messageOf(error));
      return undefined;
    } finally {
      progress();
    }
  }

  function list(path: string): Dirent[] {
    return attempt(() => readdirSync(path, { withFileTypes: true })) ?? [];
  }

  function addFiles(parent: string, entries: readonly Dirent[], clusterFolder?: string): void {
    // To join each path would take as long as to look at the file.
    const start = join(parent, sep);
    for (const jobId of namesOf(entries, (entry) => !entry.isDirectory())) {
      const path = start + jobId;
      const stats = attempt(() => lstatSync(path));
      if (stats === undefined) continue;
      const { size, mtimeMs } = stats;
      files.push({ path, jobId, ...(clusterFolder && { clusterFolder }), size, mtimeMs: Math.trunc(mtimeMs) });
    }
  }

  const entries = readdirSync(folder, { withFileTypes: true });
  progress();
  const clusterFolders = namesOf(entries, (entry) => entry.isDirectory());
  addFiles(folder, entries);
  for (const clusterFolder of clusterFolders) {
    const applications = join(folder, clusterFolder, 'applications');
    for (const application of namesOf(list(applications), (entry) => entry.isDirectory())) {
      const jobs = join(applications, application, 'jobs');
      addFiles(jobs, list(jobs), clusterFolder);
    }
  }
  return { files, problems, clusterFolders };
}

function namesOf(entries: readonly Dirent[], wanted: (entry: Dirent) => boolean): string[] {
  return entries.filter((entry) => FLINK_ID.test(entry.name) && wanted(entry)).map((entry) => entry.name);
}

/** Not there, or no longer: archives and whole applications are deleted by a History Server. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
