/**
 * Answers what is asked of archive folders, by calls that wait for the file system. Keeps what it watches, bounded by the
 * folders that are listed. The thread of `folder-thread.ts` has one.
 */

import { accessSync, constants } from 'node:fs';
import { messageOf } from '../core/errors.ts';
import { archiveReader } from './archive-reader.ts';
import type { ArchiveListing } from './archive-source.ts';
import { type FolderMessage, type FolderRequest, NO_PATH } from './folder-calls.ts';
import { FolderWatch } from './folder-watch.ts';
import { listArchives } from './list-archives.ts';

/** So many files are parsed in one turn of the main thread: 1 to 2 ms. */
const FILES_PER_PART = 1_000;

export interface Progress {
  /** The file system answered a call. */
  answered(): void;
  /** The path of a request that is read next, or `NO_PATH`. */
  reads(index: number): void;
}

export class FolderServer {
  readonly #say: (message: FolderMessage) => void;
  readonly #progress: Progress;
  readonly #readArchive: ReturnType<typeof archiveReader>;
  readonly #watches = new Map<string, FolderWatch>();

  constructor(say: (message: FolderMessage) => void, progress: Progress) {
    this.#say = say;
    this.#progress = progress;
    this.#readArchive = archiveReader(() => progress.answered());
  }

  /** Says one answer or failure, after the parts of it, if it has any. */
  serve(request: FolderRequest): void {
    try {
      this.#say({ kind: 'answer', json: this.#answer(request) });
    } catch (error) {
      this.#say({ kind: 'failure', problem: messageOf(error) });
    }
  }

  #answer(request: FolderRequest): string {
    switch (request.kind) {
      case 'list':
        return JSON.stringify(this.#list(request.folder, request.watched));
      case 'read':
        return this.#read(request.paths, request.maxFileSize);
      case 'isReadable':
        return JSON.stringify(isReadable(request.folder));
      case 'unwatch':
        this.#watches.get(request.folder)?.close();
        this.#watches.delete(request.folder);
        return 'null';
    }
  }

  /** Each reading becomes text at once: what it quotes of a document would keep the whole document until then. */
  #read(paths: readonly string[], maxFileSize: number): string {
    const readings = paths.map((path, index) => {
      this.#progress.reads(index);
      return JSON.stringify(this.#readArchive(path, maxFileSize));
    });
    this.#progress.reads(NO_PATH);
    return `[${readings.join(',')}]`;
  }

  #list(folder: string, watched: boolean): ArchiveListing {
    const { files, problems, clusterFolders } = listArchives(folder, () => this.#progress.answered());
    if (watched) this.#watchOf(folder).renew(clusterFolders);
    let start = 0;
    for (; files.length - start > FILES_PER_PART; start += FILES_PER_PART) {
      this.#say({ kind: 'part', json: JSON.stringify(files.slice(start, start + FILES_PER_PART)) });
    }
    return { files: files.slice(start), problems };
  }

  #watchOf(folder: string): FolderWatch {
    let watch = this.#watches.get(folder);
    if (watch === undefined) {
      watch = new FolderWatch(folder, {
        changed: () => this.#say({ kind: 'changed', folder }),
        failed: (problem) => this.#say({ kind: 'unwatchable', folder, problem }),
      });
      this.#watches.set(folder, watch);
    }
    return watch;
  }
}

/** Whether its names and what lies in it can be seen. */
export function isReadable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
