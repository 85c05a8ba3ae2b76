/** A folder of archives. Keeps nothing; bounded by `CONCURRENCY` open files. `src/app/` makes one for each folder. */

import pLimit from 'p-limit';
import { type ArchiveReading, readArchive, type ReadOptions } from './archive-reader.ts';
import type { ArchiveFile, ArchiveListing, ArchiveSource } from './archive-source.ts';
import { listArchives } from './list-archives.ts';

/** Many, because a deep queue spares libuv's threads from going to sleep between two files. */
const CONCURRENCY = 32;

export class FolderSource implements ArchiveSource {
  readonly place: string;
  readonly emptied = 'looks unmounted or emptied';
  readonly lagMs = 0;

  constructor(folder: string) {
    this.place = folder;
  }

  list(): Promise<ArchiveListing> {
    return listArchives(this.place);
  }

  read(files: readonly ArchiveFile[], options: ReadOptions): Promise<ArchiveReading[]> {
    return pLimit(CONCURRENCY).map(files, ({ path }) => readArchive(path, options));
  }

  async close(): Promise<void> {}
}
