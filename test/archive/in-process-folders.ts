/** Archive folders without a thread: the same calls, made at once. For tests that start many programs. */

import { archiveReader, type ArchiveReading } from '../../src/archive/archive-reader.ts';
import type { ArchiveListing } from '../../src/archive/archive-source.ts';
import type { FolderCalls, FolderListener } from '../../src/archive/folder-calls.ts';
import { isReadable } from '../../src/archive/folder-server.ts';
import { FolderWatch } from '../../src/archive/folder-watch.ts';
import { listArchives } from '../../src/archive/list-archives.ts';

export class InProcessFolders implements FolderCalls {
  readonly #readArchive = archiveReader();
  readonly #watches = new Map<string, FolderWatch>();

  async list(folder: string, signal: AbortSignal): Promise<ArchiveListing> {
    signal.throwIfAborted();
    const { files, problems, clusterFolders } = listArchives(folder);
    this.#watches.get(folder)?.renew(clusterFolders);
    return { files, problems };
  }

  async read(
    _folder: string,
    paths: readonly string[],
    maxFileSize: number,
    signal: AbortSignal,
  ): Promise<ArchiveReading[]> {
    signal.throwIfAborted();
    return paths.map((path) => this.#readArchive(path, maxFileSize));
  }

  async isReadable(folder: string): Promise<boolean> {
    return isReadable(folder);
  }

  watch(folder: string, listener: FolderListener): () => void {
    const watch = new FolderWatch(folder, listener);
    this.#watches.set(folder, watch);
    return () => {
      watch.close();
      this.#watches.delete(folder);
    };
  }

  async close(): Promise<void> {
    for (const watch of this.#watches.values()) watch.close();
  }
}
