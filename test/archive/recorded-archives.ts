/** The archives that real JobManagers of both layouts wrote, for tests of what may become of such files. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ArchiveEntry } from './crafted-archive.ts';

export interface RecordedArchive {
  /** Flink's version and the job's id. */
  readonly title: string;
  readonly jobId: string;
  readonly bytes: Buffer;
  readonly entries: readonly ArchiveEntry[];
  /** Where the last document that says how the run ended is over. */
  readonly saidAt: number;
}

export function recordedArchives(): RecordedArchive[] {
  return ['1.20.3', '2.3.0'].flatMap((version) => {
    const root = join(import.meta.dirname, '../fixtures', `flink-${version}`, 'archives');
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name !== 'application-summary')
      .map((file) => recorded(version, join(file.parentPath, file.name)));
  });
}

function recorded(version: string, path: string): RecordedArchive {
  const jobId = basename(path);
  const bytes = readFileSync(path);
  const { archive: entries }: { archive: ArchiveEntry[] } = JSON.parse(bytes.toString());
  const job = `/jobs/${jobId}`;
  const wanted = ['/jobs/overview', job, `${job}/checkpoints`, `${job}/checkpoints/config`, `${job}/exceptions`];
  const last = entries.findLast((entry) => wanted.includes(entry.path));
  if (last === undefined) throw new Error(`${path} says nothing`);
  const text = JSON.stringify(last);
  const saidAt = bytes.indexOf(text) + Buffer.byteLength(text);
  return { title: `${version} ${jobId}`, jobId, bytes, entries, saidAt };
}
