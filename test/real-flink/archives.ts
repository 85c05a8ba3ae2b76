/** Looks into an archive folder the plain way. Called by `Cluster`, `record.ts` and the tests of this folder. */

import { globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Every file below the folder, relative to it. */
export function archiveFiles(folder: string): string[] {
  return globSync('**', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
}

/** Whether Flink has written the file to its end: it writes in place. */
export function isComplete(file: string): boolean {
  return readFileSync(file, 'utf8').endsWith(']}');
}

/** The complete archive of a job, in either layout. @returns its path */
export function archiveOf(folder: string, jobId: string): string | undefined {
  return archiveFiles(folder)
    .filter((path) => basename(path) === jobId)
    .map((path) => join(folder, path))
    .find(isComplete);
}
