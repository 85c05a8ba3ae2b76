/** A folder of archives. Keeps nothing; `FolderCalls` bounds what it asks. `src/app/` makes one for each folder. */

import type { ArchiveReading } from './archive-reader.ts';
import type { ArchiveFile, ArchiveListing, ArchiveSource, ReadOptions } from './archive-source.ts';
import type { FolderCalls } from './folder-calls.ts';

export class FolderSource implements ArchiveSource {
  readonly place: string;
  readonly emptied = 'looks unmounted or emptied';
  readonly lagMs = 0;
  readonly #calls: FolderCalls;

  constructor(folder: string, calls: FolderCalls) {
    this.place = folder;
    this.#calls = calls;
  }

  list(signal: AbortSignal): Promise<ArchiveListing> {
    return this.#calls.list(this.place, signal);
  }

  read(files: readonly ArchiveFile[], { maxFileSize, signal }: ReadOptions): Promise<ArchiveReading[]> {
    const paths = files.map(({ path }) => path);
    return this.#calls.read(this.place, paths, maxFileSize, signal);
  }

  async close(): Promise<void> {}
}
